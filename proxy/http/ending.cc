#include "proxy/http/ending.h"

#include <array>

namespace headgate::proxy::http {
namespace {

using base::ErrorKind;
using base::Fault;

constexpr std::array<EndingFacts, static_cast<std::size_t>(Ending::kCount)> kFacts = {{
    {"", Fault::kHeadgate, "the answer went out whole"},
    {"client_gone", Fault::kClient, "the client closed before its answer was complete"},
    {"request_malformed", Fault::kClient, "the request breaks the rules of HTTP"},
    {"request_too_large", Fault::kClient, "the request exceeds a limit of the listener"},
    {"request_timeout", Fault::kClient, "the client did not send its request in time"},
    {"not_implemented", Fault::kClient, "the request asks for what headgate does not do"},
    {"misdirected", Fault::kClient, "the request is for a scheme or a host that this connection does not serve"},
    {"no_route", Fault::kClient, "no route matches the request"},
    {"rate_limited", Fault::kClient, "the client exceeds the route's rate limit"},
    {"no_backend", Fault::kUpstream, "no backend of the pool can take the request"},
    {"queue_timeout", Fault::kUpstream, "no backend of the pool became free in time"},
    {"connect_failed", Fault::kUpstream, "no connection to the backend came about"},
    {"backend_reset", Fault::kUpstream, "the backend closed the connection without an answer"},
    {"backend_malformed", Fault::kUpstream, "the backend's answer breaks the rules of HTTP"},
    {"backend_timeout", Fault::kUpstream, "the backend did not answer in time"},
    {"answer_cut", Fault::kUpstream, "the backend broke off in the middle of its answer"},
    {"client_stalled", Fault::kClient, "the client took nothing of its answer for too long"},
    {"tunnel_idle", Fault::kClient, "nothing went through the tunnel for too long"},
    {"internal", Fault::kHeadgate, "headgate could not do its part"},
}};

Verdict verdict_on_client(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTooLarge:
      return {Ending::kRequestTooLarge, 413};
    case ErrorKind::kTimeout:
      return {Ending::kRequestTimeout, 408};
    case ErrorKind::kMalformed:
      return {Ending::kRequestMalformed, 400};
    default:
      return {Ending::kClientGone, 0};
  }
}

Verdict verdict_on_upstream(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTimeout:
      return {Ending::kBackendTimeout, 504};
    case ErrorKind::kUnavailable:
      return {Ending::kNoBackend, 503};
    case ErrorKind::kRefused:
    case ErrorKind::kUnreachable:
      return {Ending::kConnectFailed, 502};
    case ErrorKind::kMalformed:
      return {Ending::kBackendMalformed, 502};
    default:
      return {Ending::kBackendReset, 502};
  }
}

}  // namespace

const EndingFacts& facts_of(Ending ending) {
  return kFacts[static_cast<std::size_t>(ending)];
}

Verdict verdict_on(const base::Error& error) {
  switch (error.fault) {
    case Fault::kClient:
      return verdict_on_client(error.kind);
    case Fault::kUpstream:
      return verdict_on_upstream(error.kind);
    case Fault::kHeadgate:
    case Fault::kUser:
      break;
  }
  switch (error.kind) {
    case ErrorKind::kUnavailable:
      return {Ending::kNoBackend, 503};
    case ErrorKind::kExhausted:
      return {Ending::kInternal, 503};
    case ErrorKind::kTimeout:
      return {Ending::kQueueTimeout, 503};
    default:
      return {Ending::kInternal, 500};
  }
}

Ending ending_of_cut(const base::Error& error) {
  if (error.fault == Fault::kUpstream) return Ending::kAnswerCut;
  if (error.fault == Fault::kClient && error.kind == ErrorKind::kTimeout) return Ending::kClientStalled;
  return error.fault == Fault::kClient ? Ending::kClientGone : Ending::kInternal;
}

}  // namespace headgate::proxy::http
