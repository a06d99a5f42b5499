#include "config/values.h"

#include <fmt/core.h>

#include <array>
#include <limits>

#include "base/ascii.h"
#include "config/yaml/characters.h"

namespace headgate::config {
namespace {

template <class Amount>
struct Unit {
  std::string_view name;
  Amount in_base_units;
};

// From the largest to the smallest, so that printing finds the largest that divides.
constexpr std::array<Unit<std::int64_t>, 5> kDurationUnits = {{{"d", 86'400'000'000'000},
                                                               {"h", 3'600'000'000'000},
                                                               {"m", 60'000'000'000},
                                                               {"s", 1'000'000'000},
                                                               {"ms", 1'000'000}}};
constexpr std::array<Unit<std::uint64_t>, 4> kSizeUnits = {
    {{"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"", 1}}};

std::size_t digits_of(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && base::is_digit(text[digits])) ++digits;
  return digits;
}

template <class Amount, std::size_t kUnits>
std::optional<Amount> parse_amount(std::string_view text, const std::array<Unit<Amount>, kUnits>& units) {
  const std::size_t digits = digits_of(text);
  const std::optional<Amount> number = base::parse_decimal<Amount>(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit<Amount>& unit : units) {
    if (text.substr(digits) != unit.name) continue;
    if (*number > std::numeric_limits<Amount>::max() / unit.in_base_units) return std::nullopt;
    return *number * unit.in_base_units;
  }
  return std::nullopt;
}

base::Error invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

bool is_host_label(std::string_view label) {
  for (char c : label) {
    if (!base::is_alpha(c) && !base::is_digit(c) && c != '-' && c != '_') return false;
  }
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-';
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  while (true) {
    const std::size_t dot = host.find('.');
    if (!is_host_label(host.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

/// RFC 3986 section 2.3.
bool is_unreserved(char c) {
  return base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// What stands in a path without an escape: pchar of RFC 3986 section 3.3 without the escape itself, and '/'.
bool is_plain_in_path(char c) {
  return is_unreserved(c) || std::string_view("!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
  return false;
}

void append_escaped(std::string& out, char c) {
  out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

bool is_variable_name(std::string_view name) {
  for (char c : name) {
    if (!base::is_alpha(c) && !base::is_digit(c) && c != '_') return false;
  }
  return !name.empty() && !base::is_digit(name.front());
}

/// What the inside of one ${...} stands for.
base::Result<std::string> value_of_reference(std::string_view inside, const Environment& environment) {
  const std::size_t separator = inside.find(":-");
  const std::string_view name = inside.substr(0, separator);
  if (!is_variable_name(name)) {
    return invalid(
        "'${' begins a reference such as ${NAME} or ${NAME:-default}; write $${ for the characters themselves");
  }
  const std::optional<std::string> value = environment(name);
  if (separator == std::string_view::npos) {
    if (!value)
      return invalid(fmt::format("the environment variable {} is not set and ${{{}}} has no default", name, name));
    return *value;
  }
  if (!value || value->empty()) return std::string(inside.substr(separator + 2));
  return *value;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  const std::optional<std::int64_t> ns = parse_amount(text, kDurationUnits);
  if (!ns) return std::nullopt;
  return Duration(*ns);
}

std::string duration_text(Duration duration) {
  for (const Unit<std::int64_t>& unit : kDurationUnits) {
    if (duration.count() == 0 || duration.count() % unit.in_base_units != 0) continue;
    return fmt::format("{}{}", duration.count() / unit.in_base_units, unit.name);
  }
  return duration.count() == 0 ? "0s" : fmt::format("{}ns", duration.count());
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_amount(text, kSizeUnits);
}

std::string size_text(std::uint64_t bytes) {
  for (const Unit<std::uint64_t>& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.in_base_units == 0)
      return fmt::format("{}{}", bytes / unit.in_base_units, unit.name);
  }
  return "0";
}

std::optional<double> parse_rate(std::string_view text) {
  const std::size_t digits = digits_of(text);
  const std::optional<std::uint32_t> number = base::parse_decimal<std::uint32_t>(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  if (!number || *number == 0 || (unit != "/s" && unit != "/m")) return std::nullopt;
  return unit == "/s" ? *number : *number / 60.0;
}

std::optional<double> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const std::size_t digits = digits_of(text);
  const std::optional<std::uint32_t> whole = base::parse_decimal<std::uint32_t>(text.substr(0, digits));
  if (!whole) return std::nullopt;
  if (digits == text.size()) return *whole;
  const std::string_view decimals = text.substr(digits + 1);
  const std::optional<std::uint32_t> parts = base::parse_decimal<std::uint32_t>(decimals);
  if (text[digits] != '.' || !parts || decimals.size() > 6) return std::nullopt;
  double scale = 1;
  for (std::size_t i = 0; i < decimals.size(); ++i) scale *= 10;
  return *whole + *parts / scale;
}

std::optional<StatusRange> parse_status_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::optional<std::uint16_t> first = base::parse_decimal<std::uint16_t>(text.substr(0, dash));
  std::optional<std::uint16_t> last = first;
  if (dash != std::string_view::npos) last = base::parse_decimal<std::uint16_t>(text.substr(dash + 1));
  if (!first || !last || *first < 100 || *last > 599 || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

std::optional<std::string> parse_host_pattern(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') && text.size() > 2) {
    const std::optional<base::IpAddress> address = base::IpAddress::parse(text.substr(1, text.size() - 2));
    if (!address || address->is_v4()) return std::nullopt;
    return base::lowered(text);
  }
  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  if (text.size() > 253 || !is_host_name(name)) return std::nullopt;
  return base::lowered(text);
}

bool is_visible_ascii(std::string_view text) {
  for (char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

std::optional<BackendName> parse_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  const std::optional<std::uint16_t> port = base::parse_decimal<std::uint16_t>(text.substr(colon + 1));
  if (!port || *port == 0 || !is_host_name(host) || base::IpAddress::parse(host)) return std::nullopt;
  BackendName out;
  out.host = base::lowered(host);
  out.port = *port;
  return out;
}

base::Result<BackendName> parse_backend_name(std::string_view text) {
  const auto is_service_label = [](std::string_view label) { return label.size() > 1 && label.starts_with('_'); };
  const std::size_t first = text.find('.');
  const std::string_view service = text.substr(0, first);
  const std::string_view rest = first == std::string_view::npos ? std::string_view() : text.substr(first + 1);
  const std::string_view protocol = rest.substr(0, rest.find('.'));
  const bool is_service =
      is_service_label(service) && (is_service_label(protocol) || text.find(':') == std::string_view::npos);
  if (!is_service) {
    const std::optional<BackendName> host = parse_host_and_port(text);
    if (host) return *host;
    return invalid(
        fmt::format("expected a name and port such as app.internal:8080, or an SRV name such as "
                    "_http._tcp.app.internal, found {}",
                    yaml::in_quotes(text)));
  }
  if (text.find(':') != std::string_view::npos) {
    return invalid(fmt::format("{}: an SRV name has no port, its records say the ports; write {}",
                               yaml::in_quotes(text), text.substr(0, text.find(':'))));
  }
  const std::size_t second = rest.find('.');
  const std::string_view domain = second == std::string_view::npos ? std::string_view() : rest.substr(second + 1);
  if (!is_service_label(protocol) || !is_host_name(text) || domain.empty()) {
    return invalid(fmt::format("an SRV name is _SERVICE._tcp.DOMAIN, such as _http._tcp.app.internal, found {}",
                               yaml::in_quotes(text)));
  }
  if (base::lowered(protocol) != "_tcp") {
    return invalid(fmt::format("{} is a service over {}, and backends are reached over TCP; write {}._tcp.{}",
                               yaml::in_quotes(text), protocol.substr(1), service, domain));
  }
  return BackendName{.host = base::lowered(text), .is_service = true};
}

std::string text_of(const BackendName& name) {
  return name.is_service ? name.host : fmt::format("{}:{}", name.host, name.port);
}

base::Result<std::string> parse_route_path(std::string_view text) {
  if (!text.starts_with('/')) return invalid("a path begins with '/'");
  if (text.find_first_of("?#") != std::string_view::npos)
    return invalid("a path holds no '?' or '#'; match.query looks at the query");
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (is_plain_in_path(text[i])) {
        out += text[i];
      } else {
        append_escaped(out, text[i]);
      }
      continue;
    }
    const int high = i + 1 < text.size() ? base::hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? base::hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return invalid("'%' is followed by two hexadecimal digits; write %25 for the character itself");
    const char c = static_cast<char>(high * 16 + low);
    if (is_unreserved(c)) {
      out += c;
    } else {
      append_escaped(out, c);
    }
    i += 2;
  }
  if (out.find("%00") != std::string::npos) return invalid("a path holds no %00");
  if (has_dot_segment(out))
    return invalid("'.' and '..' segments are resolved before routes are matched, so this never matches");
  return out;
}

base::Result<std::string> expand_environment(std::string_view text, const Environment& environment) {
  std::string out;
  while (true) {
    const std::size_t start = text.find("${");
    if (start == std::string_view::npos) break;
    if (start > 0 && text[start - 1] == '$') {
      out.append(text.substr(0, start - 1)).append("${");
      text.remove_prefix(start + 2);
      continue;
    }
    out.append(text.substr(0, start));
    text.remove_prefix(start + 2);
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos)
      return invalid("'${' without a closing '}'; write $${ for the characters themselves");
    const base::Result<std::string> value = value_of_reference(text.substr(0, end), environment);
    if (!value) return value.error();
    out.append(*value);
    text.remove_prefix(end + 1);
    if (out.size() > kExpandedBytesMax) break;
  }
  out.append(text);
  if (out.size() > kExpandedBytesMax) return invalid("is larger than 1 MiB once its ${...} are replaced");
  return out;
}

}  // namespace headgate::config
