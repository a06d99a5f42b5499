#include "proxy/explain/question.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "base/ascii.h"
#include "wire/http/uri.h"

namespace headgate::proxy::explain {
namespace {

base::Error invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

bool has_line_end(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

base::Result<Target> connection_target_of(const std::string& url) {
  Target out;
  out.protocol = config::Protocol::kTcp;
  std::string_view rest = std::string_view(url).substr(std::string_view("tcp://").size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  out.authority = rest;
  const std::size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  if (has_port) {
    const std::optional<std::uint16_t> port = base::parse_decimal<std::uint16_t>(rest.substr(colon + 1));
    if (!port || *port == 0) return invalid(fmt::format("{}: '{}' is no port", url, rest.substr(colon + 1)));
    out.port = *port;
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty() || rest.find('/') != std::string_view::npos) {
    return invalid(fmt::format("{}: write tcp://HOST:PORT, or tcp://NAME with the name of a listener", url));
  }
  out.host = rest;
  return out;
}

base::Result<Target> target_of(const std::string& url) {
  Target out;
  std::string_view rest = url;
  const std::size_t scheme_end = rest.find("://");
  if (scheme_end == std::string_view::npos) {
    out.note = "http:// is assumed";
  } else {
    const std::string scheme = base::lowered(rest.substr(0, scheme_end));
    if (scheme != "http" && scheme != "https")
      return invalid(fmt::format("{}: only http://, https:// and tcp:// are explained", url));
    out.is_https = scheme == "https";
    rest.remove_prefix(scheme_end + 3);
  }
  if (const std::size_t fragment = rest.find('#'); fragment != std::string_view::npos) {
    rest = rest.substr(0, fragment);
    out.note += (out.note.empty() ? "" : "; ") + std::string("what follows '#' is not sent");
  }
  const std::size_t path = rest.find_first_of("/?");
  out.authority = rest.substr(0, path);
  if (path == std::string_view::npos) {
    out.target = "/";
  } else {
    // RFC 9112 section 3.2.1: an empty path is sent as "/".
    out.target = (rest[path] == '?' ? "/" : "") + std::string(rest.substr(path));
  }
  if (out.authority.empty())
    return invalid(fmt::format("{}: there is no host in it, as in http://www.example.com/", url));
  if (out.authority.find('@') != std::string::npos) {
    return invalid(
        fmt::format("{}: a user and password are not sent in a URL; use --header 'Authorization: ...'", url));
  }
  std::string_view host = out.authority;
  out.port = out.is_https ? 443 : 80;
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  if (has_port) {
    const std::string_view digits = host.substr(colon + 1);
    const std::from_chars_result parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (!digits.empty() && (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size())) {
      return invalid(fmt::format("{}: '{}' is no port", url, digits));
    }
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return invalid(fmt::format("{}: there is no host in it, as in http://www.example.com/", url));
  out.host = host;
  return out;
}

base::Result<std::pair<std::string, std::string>> header_of(const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || colon == 0) {
    return invalid(fmt::format("'{}' is no header: write it as 'Name: value'", line));
  }
  return std::pair<std::string, std::string>(line.substr(0, colon),
                                             base::trimmed(std::string_view(line).substr(colon + 1)));
}

base::Result<std::string> head_bytes_of(const Question& question, const Target& target) {
  if (has_line_end(question.method)) return invalid("the method holds a line end");
  if (has_line_end(target.authority) || has_line_end(target.target)) return invalid("the URL holds a line end");
  std::string host;
  std::string fields;
  for (const auto& [name, value] : question.headers) {
    if (has_line_end(name) || has_line_end(value))
      return invalid(fmt::format("the header '{}' holds a line end", name));
    const bool is_host = base::equals_ignoring_case(name, "Host");
    (is_host ? host : fields) += fmt::format("{}: {}\r\n", name, value);
  }
  // A client leaves the scheme's own port out (RFC 9110 section 7.2).
  if (host.empty()) {
    const std::string own_port = target.is_https ? ":443" : ":80";
    std::string authority = target.authority;
    if (authority.ends_with(own_port)) authority.resize(authority.size() - own_port.size());
    host = fmt::format("Host: {}\r\n", authority);
  }
  return fmt::format("{} {} HTTP/1.1\r\n{}{}\r\n", question.method, target.target, host, fields);
}

}  // namespace headgate::proxy::explain
