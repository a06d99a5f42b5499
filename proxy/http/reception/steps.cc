#include "proxy/http/reception/steps.h"

#include <charconv>

namespace headgate::proxy::http::reception {

using route::Variable;
using wire::http::FieldId;

std::string_view decimal(std::uint64_t value, base::Arena& arena) {
  char text[20];
  const std::to_chars_result written = std::to_chars(text, text + sizeof text, value);
  return arena.copy({text, static_cast<std::size_t>(written.ptr - text)});
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
  return values;
}

}  // namespace headgate::proxy::http::reception
