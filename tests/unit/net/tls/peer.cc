#include "tests/unit/net/tls/peer.h"

#include <openssl/err.h>

#include <csignal>

namespace headgate::net::tls::testing {
namespace {

Peer made(OwnedContext context, int fd) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  Peer peer;
  peer.context = std::move(context);
  peer.ssl.reset(SSL_new(peer.context.get()));
  SSL_set_fd(peer.ssl.get(), fd);
  return peer;
}

}  // namespace

Peer Peer::client(int fd, const std::string& server_name, const std::function<void(SSL_CTX*)>& set_up) {
  OwnedContext context(SSL_CTX_new(TLS_client_method()));
  if (set_up) set_up(context.get());
  Peer peer = made(std::move(context), fd);
  SSL_set_connect_state(peer.ssl.get());
  if (!server_name.empty()) SSL_set_tlsext_host_name(peer.ssl.get(), server_name.c_str());
  return peer;
}

Peer Peer::server(int fd, const headgate::testing::Issued& shown, const std::function<void(SSL_CTX*)>& set_up) {
  OwnedContext context(SSL_CTX_new(TLS_server_method()));
  const auto credential = base::x509::Credential::parse(shown.cert_pem, shown.key_pem);
  SSL_CTX_use_cert_and_key(context.get(), (*credential)->certificate(), (*credential)->key(), nullptr, 1);
  if (set_up) set_up(context.get());
  Peer peer = made(std::move(context), fd);
  SSL_set_accept_state(peer.ssl.get());
  return peer;
}

std::string Peer::read(std::size_t bytes) {
  std::string out;
  char piece[16384];
  while (out.size() < bytes) {
    const int got = SSL_read(ssl.get(), piece, sizeof piece);
    if (got <= 0) break;
    out.append(piece, static_cast<std::size_t>(got));
  }
  return out;
}

std::string Peer::read_to_end(bool& announced) {
  std::string out;
  char piece[16384];
  int got = 0;
  while ((got = SSL_read(ssl.get(), piece, sizeof piece)) > 0) out.append(piece, static_cast<std::size_t>(got));
  announced = SSL_get_error(ssl.get(), got) == SSL_ERROR_ZERO_RETURN;
  ERR_clear_error();
  return out;
}

}  // namespace headgate::net::tls::testing
