#include "proxy/admin/access.h"

#include "base/ascii.h"
#include "base/ip_address.h"

namespace headgate::proxy::admin {

using wire::http::FieldId;

Access Access::over_tcp(const config::Admin& settings) {
  if (settings.token) return {settings.token, false};
  return {std::nullopt, settings.bind && !settings.bind->is_unix() && settings.bind->address().is_loopback()};
}

bool is_local_host(std::string_view host) {
  if (host.empty() || base::equals_ignoring_case(host, "localhost")) return true;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return base::IpAddress::parse(host).has_value();
}

bool equals_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

Verdict judge(const Access& access, const wire::http::RequestHead& request) {
  if (access.only_local_hosts && !is_local_host(request.host)) return Verdict::kForeignHost;
  if (!access.token) return Verdict::kAllowed;
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view sent = request.fields.value_of(FieldId::kAuthorization);
  if (request.fields.count(FieldId::kAuthorization) != 1) return Verdict::kNoToken;
  if (!base::equals_ignoring_case(sent.substr(0, kScheme.size()), kScheme)) return Verdict::kNoToken;
  const std::string_view token = base::trimmed(sent.substr(kScheme.size()));
  return equals_in_constant_time(token, *access.token) ? Verdict::kAllowed : Verdict::kWrongToken;
}

}  // namespace headgate::proxy::admin
