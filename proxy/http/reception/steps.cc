#include "proxy/http/reception/steps.h"

#include <charconv>

#include "base/ascii.h"
#include "net/tls/facts.h"
#include "proxy/route/conditions.h"

namespace headgate::proxy::http::reception {

using route::Variable;
using wire::http::FieldId;

std::string_view decimal(std::uint64_t value, base::Arena& arena) {
  char text[20];
  const std::to_chars_result written = std::to_chars(text, text + sizeof text, value);
  return arena.copy({text, static_cast<std::size_t>(written.ptr - text)});
}

bool is_misdirected(const message::Request& request) {
  const std::string_view asked = request.tls->server_name();
  const std::string_view host = route::without_root_dot(request.head.host);
  if (asked.empty() || base::equals_ignoring_case(host, route::without_root_dot(asked))) return false;
  return !host.empty() && !request.tls->covers(base::lowered(host));
}

std::string_view https_place_of(const message::Request& request, const config::Listener& listener, base::Arena& arena) {
  constexpr std::string_view kOwnership = "/.well-known/acme-challenge/";
  constexpr std::uint16_t kHttpsPort = 443;
  if (request.head.path.starts_with(kOwnership)) return {};
  const std::string_view uri = route::uri_of(request.head, arena);
  if (listener.redirect_port == kHttpsPort) return arena.concat({"https://", request.head.host, uri});
  return arena.concat({"https://", request.head.host, ":", decimal(listener.redirect_port, arena), uri});
}

OwnAnswer own_answer_to_options(wire::http::RequestHead& head, base::Arena& arena) {
  // RFC 9110 section 7.6.2: at zero the proxy is the recipient; otherwise one less goes on.
  std::uint32_t left = 0;
  const std::string_view text = head.fields.value_of(FieldId::kMaxForwards);
  const std::from_chars_result parsed = std::from_chars(text.data(), text.data() + text.size(), left);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return {};
  if (left == 0) return {200, "headgate"};
  head.fields.set(FieldId::kMaxForwards, decimal(left - 1, arena));
  return {};
}

/// Views of the connection's, which lives longer than the exchange.
void set_tls_variables(const net::tls::Facts& tls, std::uint32_t uses, route::Variables& values) {
  values.set(Variable::kTlsVersion, tls.version());
  values.set(Variable::kTlsCipher, tls.cipher());
  values.set(Variable::kSni, tls.server_name());
  values.set(Variable::kTlsClientVerified, tls.peer_verified() ? "true" : "false");
  constexpr std::uint32_t kOfCertificate =
      route::bit(Variable::kTlsClientSubject) | route::bit(Variable::kTlsClientIssuer) |
      route::bit(Variable::kTlsClientSerial) | route::bit(Variable::kTlsClientFingerprint);
  const net::tls::PeerCertificate* shown = (uses & kOfCertificate) != 0 ? tls.peer_certificate() : nullptr;
  if (shown == nullptr) return;
  values.set(Variable::kTlsClientSubject, shown->subject);
  values.set(Variable::kTlsClientIssuer, shown->issuer);
  values.set(Variable::kTlsClientSerial, shown->serial);
  values.set(Variable::kTlsClientFingerprint, shown->fingerprint);
}

void set_place_variables(const message::Request& request, route::Variables& values, base::Arena& arena) {
  const geo::Whereabouts::Answer& where = request.where.of(request.client);
  values.set(Variable::kRegion, where.region);
  values.set(Variable::kCountry, where.country.text());
  if (where.asn != 0) values.set(Variable::kAsn, decimal(where.asn, arena));
}

route::Variables variables_of(const message::Request& request, std::string_view route, std::string_view listener,
                              std::string_view backend, std::uint32_t uses, base::Arena& arena) {
  const auto is_used = [uses](Variable variable) { return (uses & route::bit(variable)) != 0; };
  route::Variables values;
  char address[base::IpAddress::kTextMax];
  if (is_used(Variable::kClient)) values.set(Variable::kClient, arena.copy({address, request.client.write(address)}));
  if (is_used(Variable::kUri)) values.set(Variable::kUri, route::uri_of(request.head, arena));
  values.set(Variable::kHost, request.head.host);
  values.set(Variable::kPath, request.head.path);
  values.set(Variable::kQuery, request.head.query);
  values.set(Variable::kScheme, request.secure ? "https" : "http");
  values.set(Variable::kMethod, request.head.method_text);
  values.set(Variable::kRoute, route);
  values.set(Variable::kBackend, backend);
  values.set(Variable::kListener, listener);
  values.set(Variable::kRequestId, request.id);
  if ((uses & route::kPlaceVariables) != 0) set_place_variables(request, values, arena);
  if ((uses & route::kTlsVariables) != 0 && request.tls != nullptr) set_tls_variables(*request.tls, uses, values);
  return values;
}

}  // namespace headgate::proxy::http::reception
