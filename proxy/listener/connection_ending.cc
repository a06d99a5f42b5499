#include "proxy/listener/connection_ending.h"

#include <array>

namespace headgate::proxy::listener {
namespace {

using base::Fault;

constexpr std::array<ConnectionEndingFacts, kConnectionEndings> kFacts = {{
    {"", Fault::kHeadgate, "both sides closed in good order"},
    {"bad_proxy_header", Fault::kClient, "no PROXY header came, or not from a trusted proxy"},
    {"hello_timeout", Fault::kClient, "the client did not send its ClientHello in time"},
    {"hello_malformed", Fault::kClient, "the client's ClientHello breaks the rules of TLS"},
    {"no_pool", Fault::kClient, "the listener has no pool for what the client asked for"},
    {"no_backend", Fault::kUpstream, "no backend of the pool can take the connection"},
    {"queue_timeout", Fault::kUpstream, "no backend of the pool became free in time"},
    {"connect_failed", Fault::kUpstream, "no connection to a backend came about"},
    {"client_gone", Fault::kClient, "the client went away before there was a backend"},
    {"client_reset", Fault::kClient, "the client cut the connection"},
    {"backend_reset", Fault::kUpstream, "the backend cut the connection"},
    {"idle", Fault::kClient, "nothing went either way for too long"},
    {"query_timeout", Fault::kClient, "the client began a query of DNS and did not end it in time"},
    {"bad_message", Fault::kClient, "what the client sent has no length of a query of DNS"},
    {"stalled", Fault::kClient, "the client did not take its answers in time"},
    {"cut", Fault::kHeadgate, "headgate stopped, and drain_timeout was over"},
}};

}  // namespace

const ConnectionEndingFacts& facts_of(ConnectionEnding ending) {
  return kFacts[static_cast<std::size_t>(ending)];
}

}  // namespace headgate::proxy::listener
