#include "config/sections/dns/host_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/ascii.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::dns {
namespace {

/// RFC 1035 section 2.3.4; 255 bytes in a message are 253 of text.
constexpr std::size_t kNameTextBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;

bool is_label_char(char c) {
  return base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '_';
}

/// What is wrong with a name without its last dot; empty: nothing.
std::string fault_of(std::string_view name, bool may_be_wildcard) {
  if (name.size() > kNameTextBytesMax) {
    return fmt::format("is {} bytes long, and a name has at most {}", name.size(), kNameTextBytesMax);
  }
  if (may_be_wildcard && name == "*") return {};
  if (may_be_wildcard && name.starts_with("*.")) name.remove_prefix(2);
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty()) return "has an empty label: two dots, or one at its beginning";
    if (label.size() > kLabelBytesMax) {
      return fmt::format("has a label of {} bytes, {}, and a label has at most {}", label.size(),
                         yaml::in_quotes(label), kLabelBytesMax);
    }
    if (label.find('*') != std::string_view::npos) {
      return may_be_wildcard ? "has a '*' that is not its whole first label, and only such a one is a wildcard"
                             : "has a '*', and wildcards are for keys of `names`";
    }
    if (!std::ranges::all_of(label, is_label_char)) {
      return fmt::format("has a label {}, which is not of letters, digits, '-' and '_'", yaml::in_quotes(label));
    }
    if (dot == std::string_view::npos) return {};
    name.remove_prefix(dot + 1);
  }
}

/// In lower case, its last dot gone.
std::optional<std::string> checked(const Reader& at, std::string_view written, bool may_be_wildcard) {
  const std::string_view name = written.ends_with('.') ? written.substr(0, written.size() - 1) : written;
  const std::string fault = name.empty() ? "is no name" : fault_of(name, may_be_wildcard);
  if (fault.empty()) return base::lowered(name);
  at.problem(fmt::format("{} {}", yaml::in_quotes(written), fault));
  return std::nullopt;
}

}  // namespace

bool is_within(std::string_view name, std::string_view zone) {
  return name == zone ||
         (name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.');
}

std::optional<std::string> read_host(const Reader& at, const std::string& written, bool may_be_root) {
  if (written == "." && may_be_root) return written;
  std::optional<std::string> name = checked(at, written, false);
  if (name && written.find('.') == std::string::npos) {
    at.problem(
        fmt::format("{} is a single label; names here are whole, as www.example.com (a dot at its end says that "
                    "it is whole: {})",
                    yaml::in_quotes(written), yaml::in_quotes(written + ".")));
    return std::nullopt;
  }
  return name;
}

std::optional<std::string> read_owner(const Reader& at, const std::string& written, const std::string& zone) {
  if (written == "@") return zone;
  std::optional<std::string> name = checked(at, written, true);
  if (!name) return std::nullopt;
  if (written.ends_with('.')) {
    if (is_within(*name, zone)) return name;
    at.problem(fmt::format("{} is not in the zone {}", yaml::in_quotes(written), zone));
    return std::nullopt;
  }
  if (is_within(*name, zone)) {
    const std::string below = *name == zone ? "@" : name->substr(0, name->size() - zone.size() - 1);
    at.problem(fmt::format("names here are below the zone already: write {}, or {} with a dot at its end",
                           yaml::in_quotes(below), yaml::in_quotes(written + ".")));
    return std::nullopt;
  }
  std::string whole = *name + "." + zone;
  if (whole.size() <= kNameTextBytesMax) return whole;
  at.problem(fmt::format("with the zone's name it is {} bytes long, and a name has at most {}", whole.size(),
                         kNameTextBytesMax));
  return std::nullopt;
}

std::optional<std::string> read_zone_name(const Reader& at, const std::string& written) {
  return checked(at, written, false);
}

void read_ttl(const Reader& at, base::Duration& out) {
  base::Duration value = out;
  at.duration(value, {std::chrono::seconds(0), std::chrono::hours(24 * 7)});
  if (value % std::chrono::seconds(1) != base::Duration{}) {
    return at.problem("must be whole seconds: DNS counts in them");
  }
  out = value;
}

}  // namespace headgate::config::sections::dns
