#include "proxy/admin/access.h"

#include "base/ascii.h"
#include "base/result.h"

namespace headgate::proxy::admin {
namespace {

using wire::http::FieldId;

/// The token that was sent; nothing if there is none, or more than one.
std::optional<std::string_view> token_of(const wire::http::RequestHead& request) {
  constexpr std::string_view kScheme = "Bearer ";
  if (request.fields.count(FieldId::kAuthorization) != 1) return std::nullopt;
  const std::string_view sent = request.fields.value_of(FieldId::kAuthorization);
  if (!base::equals_ignoring_case(sent.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  return base::trimmed(sent.substr(kScheme.size()));
}

}  // namespace

Access Access::over_tcp(const config::Admin& settings) {
  const bool is_loopback = settings.bind && !settings.bind->is_unix() && settings.bind->address().is_loopback();
  return {true, settings.token, is_loopback && settings.reads_without_token};
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

Verdict judge(const Access& access, Purpose purpose, const wire::http::RequestHead& request,
              const base::IpAddress& peer) {
  if (!access.over_network) return Verdict::kAllowed;
  const bool is_local = access.reads_from_loopback && peer.is_loopback() && is_local_host(request.host);
  if (purpose == Purpose::kPageFile) return is_local || access.token ? Verdict::kAllowed : Verdict::kForeignHost;
  if (access.token) {
    const std::optional<std::string_view> sent = token_of(request);
    if (sent) return equals_in_constant_time(*sent, *access.token) ? Verdict::kAllowed : Verdict::kWrongToken;
    return is_local && purpose == Purpose::kRead ? Verdict::kAllowed : Verdict::kNoToken;
  }
  if (purpose == Purpose::kChange) return Verdict::kNoTokenFile;
  if (is_local) return Verdict::kAllowed;
  return is_local_host(request.host) ? Verdict::kNoTokenFile : Verdict::kForeignHost;
}

Refusal refusal_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllowed:
      break;
    case Verdict::kNoToken:
      return {401, "Send the token that is in the file admin.token_file names, as 'Authorization: Bearer TOKEN'.",
              "Bearer realm=\"headgate\""};
    case Verdict::kWrongToken:
      return {401, "This is not the token that is in the file admin.token_file names.",
              "Bearer realm=\"headgate\", error=\"invalid_token\""};
    case Verdict::kNoTokenFile:
      return {403, "Set admin.token_file to allow this over TCP, or use the unix socket of admin.socket.", {}};
    case Verdict::kForeignHost:
      return {421,
              "This address answers to localhost and to addresses only; set admin.token_file to open it to names.",
              {}};
  }
  base::invariant_broken("what is allowed is not refused");
}

}  // namespace headgate::proxy::admin
