#include "config/placeholders.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace headgate::config {
namespace {

// {backend} is last, so that one table serves both directions.
constexpr std::array<std::string_view, kFieldPlaceholders> kFieldNames = {"client",
                                                                          "host",
                                                                          "uri",
                                                                          "path",
                                                                          "query",
                                                                          "scheme",
                                                                          "method",
                                                                          "route",
                                                                          "listener",
                                                                          "request_id",
                                                                          "region",
                                                                          "country",
                                                                          "asn",
                                                                          "tls_version",
                                                                          "tls_cipher",
                                                                          "sni",
                                                                          "tls_client_verified",
                                                                          "tls_client_subject",
                                                                          "tls_client_issuer",
                                                                          "tls_client_serial",
                                                                          "tls_client_fingerprint",
                                                                          "backend"};

constexpr std::array<std::string_view, 5> kRedirectNames = {"uri", "host", "path", "query", "scheme"};

// What the access log writes, in the order of its JSON members; a test of proxy/access_log holds the two lists equal.
constexpr std::array<std::string_view, 50> kAccessLogNames = {"time",
                                                              "combined_time",
                                                              "request_id",
                                                              "client",
                                                              "region",
                                                              "country",
                                                              "asn",
                                                              "listener",
                                                              "request",
                                                              "method",
                                                              "scheme",
                                                              "host",
                                                              "uri",
                                                              "path",
                                                              "query",
                                                              "protocol",
                                                              "status",
                                                              "request_bytes",
                                                              "response_bytes",
                                                              "encoding",
                                                              "uncompressed_bytes",
                                                              "total_us",
                                                              "route",
                                                              "pool",
                                                              "backend",
                                                              "backend_address",
                                                              "connection_reused",
                                                              "retries",
                                                              "hedges",
                                                              "choose_us",
                                                              "connect_us",
                                                              "first_byte_us",
                                                              "cache",
                                                              "cache_reason",
                                                              "cache_age",
                                                              "user_agent",
                                                              "referer",
                                                              "tls_version",
                                                              "tls_cipher",
                                                              "tls_resumed",
                                                              "sni",
                                                              "tls_client_subject",
                                                              "tls_client_fingerprint",
                                                              "dns_type",
                                                              "dns_subnet",
                                                              "dns_rcode",
                                                              "dns_reason",
                                                              "ending",
                                                              "detail",
                                                              "cut"};

bool is_placeholder_char(char c) {
  return (c >= 'a' && c <= 'z') || base::is_digit(c) || c == '_';
}

/// Length of "{name}" at the start of `text`, 0 if there is none.
std::size_t placeholder_length(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_placeholder_char(text[end])) ++end;
  return text.starts_with('{') && end > 1 && end < text.size() && text[end] == '}' ? end + 1 : 0;
}

}  // namespace

std::span<const std::string_view> request_placeholders() {
  return std::span(kFieldNames).first(kFieldNames.size() - 1);
}
std::span<const std::string_view> response_placeholders() {
  return kFieldNames;
}
std::span<const std::string_view> redirect_placeholders() {
  return kRedirectNames;
}
std::span<const std::string_view> access_log_placeholders() {
  return kAccessLogNames;
}

std::vector<TemplatePart> split_template(std::string_view text, std::span<const std::string_view> names,
                                         std::optional<std::string_view>& unknown) {
  std::vector<TemplatePart> out;
  TemplatePart part;
  while (!text.empty()) {
    const std::size_t length = placeholder_length(text);
    const std::string_view name = length > 0 ? text.substr(1, length - 2) : std::string_view();
    const auto found = std::find(names.begin(), names.end(), name);
    if (length > 0 && found != names.end()) {
      part.placeholder = static_cast<int>(found - names.begin());
      out.push_back(std::move(part));
      part = TemplatePart{};
      text.remove_prefix(length);
      continue;
    }
    if (length > 0 && !unknown) unknown = name;
    part.literal += text.front();
    text.remove_prefix(1);
  }
  if (!part.literal.empty()) out.push_back(std::move(part));
  return out;
}

}  // namespace headgate::config
