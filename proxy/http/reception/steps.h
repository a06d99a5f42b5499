#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/ip_address.h"
#include "config/config.h"
#include "proxy/http/forwarding.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/message.h"
#include "proxy/route/field_template.h"
#include "wire/http1/head_parser.h"
#include "wire/http1/hop_by_hop.h"
#include "wire/http2/stream.h"

// What is decided about a request between its head and its origin, step by step and without waiting. An Exchange takes
// these steps for requests that came; explanations take the same ones for requests that might come.
namespace headgate::proxy::http::reception {

/// Why a request that HTTP/1 understood is not served by this listener, if it is not.
inline std::optional<wire::http1::Refusal> refusal_of(const wire::http::RequestHead& head, const wire::http1::Hop& hop,
                                                      const config::Listener& listener) {
  if (hop.has_content_length && hop.content_length > listener.limits.body_bytes) {
    return wire::http1::Refusal{413, "the body is larger than this listener takes"};
  }
  if (head.secure_target && !listener.tls) return wire::http1::Refusal{421, "this listener does not serve https"};
  return std::nullopt;
}

/// Why a request that HTTP/2 understood is not served by this listener, if it is not.
inline std::optional<wire::http1::Refusal> refusal_of(const wire::http::RequestHead& head,
                                                      const wire::http2::HeadFacts& facts,
                                                      const config::Listener& listener) {
  if (facts.refusal != 0) return wire::http1::Refusal{facts.refusal, facts.refusal_reason};
  wire::http1::Hop hop;
  hop.has_content_length = facts.content_length.has_value();
  hop.content_length = facts.content_length.value_or(0);
  return refusal_of(head, hop, listener);
}

/// Completes a request with what HTTP/1 says of it beside its fields: its body, which comes from `body` if there is
/// one and is complete already if `body_at_end`, and its wish to upgrade. Fields of one hop are then gone.
inline void take_in(message::Request& request, const wire::http1::Hop& hop, message::BodySource* body,
                    bool body_at_end) {
  if (hop.framing != wire::http1::Framing::kNone) {
    request.body = body;
    if (hop.framing == wire::http1::Framing::kLength) request.body_length = hop.content_length;
  } else if (hop.has_content_length) {
    request.body_length = 0;
  }
  request.expects_continue = hop.expect_continue && !body_at_end;
  if (hop.upgrade && hop.minor_version == 1 && body_at_end) {
    request.upgrade = request.head.fields.value_of(wire::http::FieldId::kUpgrade);
    // An h2c tunnel would carry requests past every rule of the routes: such an offer is left unanswered.
    request.wants_upgrade = !wire::http::has_token(request.upgrade, "h2c");
  }
  wire::http1::remove_hop_by_hop(request.head.fields);
}

/// Notes in the request whom it is from and whether it came securely; returns whether the peer's word is taken.
inline bool note_sender(message::Request& request, const base::IpAddress& peer,
                        const listener::ListenerState& listener) {
  const bool trusted = !listener.settings->trusted_proxies.empty() && listener.trusts(peer);
  request.client = trusted ? client_of(request.head.fields, peer, listener) : peer;
  request.secure = came_securely(request.head.fields, trusted, request.tls != nullptr);
  return trusted;
}

/// The client asked for one host in its TLS handshake and for another, for which there is another certificate, in its
/// request (RFC 9110 section 7.4): what holds for the one need not hold for the other. Without a name in the handshake
/// nothing disagrees.
bool is_misdirected(const message::Request& request);

/// Where a request is sent on to that came to a listener with `redirect`: the same over https. Empty: it is served
/// here, as are those by which certificate authorities check who owns the host (RFC 8555 section 8.3).
std::string_view https_place_of(const message::Request& request, const config::Listener& listener, base::Arena& arena);

/// What headgate itself answers to a request, whatever the route's origin.
struct OwnAnswer {
  std::uint16_t status = 0;  ///< 0: nothing, the request goes on
  std::string_view sentence;
};
inline constexpr std::string_view kOwnAllow = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

OwnAnswer own_answer_to_options(wire::http::RequestHead& head, base::Arena& arena);

/// TRACE, and OPTIONS with Max-Forwards: 0. One that is to be forwarded still is counted down.
inline OwnAnswer own_answer_to(wire::http::RequestHead& head, base::Arena& arena) {
  // Reflecting a request gives scripts the cookies they must not see; every proxy of this kind refuses it.
  if (head.method == wire::http::Method::kTrace) return {405, "TRACE is not served"};
  if (head.method != wire::http::Method::kOptions || !head.fields.has(wire::http::FieldId::kMaxForwards)) return {};
  return own_answer_to_options(head, arena);
}

/// The values of the {names} that `uses` has a bit for; others may be empty.
route::Variables variables_of(const message::Request& request, std::string_view route, std::string_view listener,
                              std::string_view backend, std::uint32_t uses, base::Arena& arena);

/// After the route's rules for the request: a Host that they set is where the request goes.
inline void settle_authority(message::Request& request) {
  if (request.head.fields.has(wire::http::FieldId::kHost)) {
    request.head.authority = request.head.fields.value_of(wire::http::FieldId::kHost);
  }
}

/// The digits of a number.
std::string_view decimal(std::uint64_t value, base::Arena& arena);

}  // namespace headgate::proxy::http::reception
