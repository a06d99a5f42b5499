#include "net/tls/handshake.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <cerrno>
#include <utility>

#include "net/tls/layer.h"
#include "net/tls/verification.h"

namespace headgate::net::tls {
namespace {

using base::ErrorKind;

/// Reasons above this are alerts that the peer sent (sslerr.h).
constexpr int kAlertReasons = SSL_AD_REASON_OFFSET;

Failure failure_of(int reason) {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_RECORD_LENGTH_MISMATCH:
      return Failure::kNotTls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
      return Failure::kVersion;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_CIPHERS_SPECIFIED:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SHARED_GROUPS:
      return Failure::kNoSharedCipher;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return Failure::kNoProtocol;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return Failure::kNoCertificate;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return Failure::kBadCertificate;
    default:
      return reason >= kAlertReasons ? Failure::kRefusedByPeer : Failure::kProtocol;
  }
}

std::string sentence_of(Failure failure, int reason, const std::string& text, const std::string* verification) {
  switch (failure) {
    case Failure::kNotTls:
      return reason == SSL_R_HTTP_REQUEST ? "the peer speaks plain HTTP" : "the peer does not speak TLS";
    case Failure::kVersion:
      return "the peer speaks no version of TLS that is allowed here";
    case Failure::kNoSharedCipher:
      return "no cipher, key exchange or signature in common (" + text + ")";
    case Failure::kNoProtocol:
      return "the peer offers no application protocol (ALPN) that is spoken here";
    case Failure::kNoCertificate:
      return "the peer shows no certificate, and one is required";
    case Failure::kBadCertificate:
      return "the peer's " +
             (verification != nullptr ? *verification : "certificate cannot be verified (" + text + ")");
    case Failure::kRefusedByPeer:
      return alert_sentence(reason);
    default:
      return text.empty() ? "the peer breaks the protocol" : text;
  }
}

/// From a first step to the last one, waiting as needed.
Task<base::Result<void>> run(Socket& socket, OwnedSsl ssl, std::string_view received, base::Time deadline,
                             base::Fault fault) {
  explain_verification(ssl.get());
  auto made = std::make_unique<Layer>(socket, std::move(ssl), received);
  Layer& layer = *made;
  socket.set_layer(std::move(made));
  while (true) {
    const Layer::Step step = layer.shake_hands();
    if (step == Layer::Step::kDone) co_return base::Result<void>();
    if (step == Layer::Step::kFailed) co_return layer.handshake_error(fault);
    WaitStatus waited = WaitStatus::kReady;
    if (step == Layer::Step::kWantsInput) {
      waited = co_await socket.readable(deadline);
    } else {
      waited = co_await socket.writable(deadline);
    }
    if (waited == WaitStatus::kTimeout) co_return layer.handshake_timeout(fault);
  }
}

base::Error out_of_memory() {
  return {ErrorKind::kExhausted, base::Fault::kHeadgate, "TLS handshake: " + base::x509::take_openssl_error()};
}

}  // namespace

std::string alert_sentence(int reason) {
  if (reason < kAlertReasons) return {};
  const int alert = reason - kAlertReasons;
  // The one that OpenSSL 3.0 has no name for, and the likeliest.
  const char* name = alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" : SSL_alert_desc_string_long(alert);
  return std::string("the peer answered with the alert '") + name + "'";
}

base::Error Layer::handshake_timeout(base::Fault fault) {
  failure_ = Failure::kTimeout;
  return {ErrorKind::kTimeout, fault, "TLS handshake: not done in time"};
}

base::Error Layer::handshake_error(base::Fault fault) {
  const int reason = ERR_GET_REASON(ERR_peek_error());
  const std::string text = base::x509::take_openssl_error();
  if (socket_error_ != 0) {
    failure_ = Failure::kClosed;
    return base::system_error(socket_error_, "TLS handshake", fault);
  }
  if (ended_) {
    failure_ = Failure::kClosed;
    return {ErrorKind::kEof, fault, "TLS handshake: the peer closed the connection"};
  }
  failure_ = failure_of(reason);
  return {ErrorKind::kMalformed, fault, "TLS handshake: " + sentence_of(failure_, reason, text, trouble_.get())};
}

Task<base::Result<void>> accept(Socket& socket, std::shared_ptr<const ServerContexts> contexts, base::Time deadline,
                                std::string_view received) {
  OwnedSsl ssl(SSL_new(contexts->first()));
  if (!ssl) co_return out_of_memory();
  SSL_set_accept_state(ssl.get());
  co_return co_await run(socket, std::move(ssl), received, deadline, base::Fault::kClient);
}

Task<base::Result<void>> connect(Socket& socket, std::shared_ptr<const ClientContext> context, std::string server_name,
                                 base::Time deadline) {
  OwnedSsl ssl = context->begin(server_name);
  if (!ssl) co_return out_of_memory();
  co_return co_await run(socket, std::move(ssl), std::string_view(), deadline, base::Fault::kUpstream);
}

Task<base::Result<void>> connect(Socket& socket, std::shared_ptr<KnownServer> server, base::Time deadline) {
  OwnedSsl ssl = server->begin();
  if (!ssl) co_return out_of_memory();
  base::Result<void> done = co_await run(socket, std::move(ssl), std::string_view(), deadline, base::Fault::kUpstream);
  if (!done) server->forget_session();
  co_return done;
}

}  // namespace headgate::net::tls
