#include <fmt/core.h>

#include <array>
#include <unordered_map>

#include "base/ascii.h"
#include "config/placeholders.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"

namespace headgate::config::sections {
namespace {

constexpr std::size_t kFieldValueBytesMax = 8192;

// What frames a message or belongs to one connection (RFC 9110 section 7.6.1): a rule here could split a message in
// two.
constexpr std::array<std::string_view, 8> kOwnFields = {
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"};

enum class Rule : std::uint8_t { kSet, kAdd, kRemove };

bool may_change(const Reader& at, const std::string& name, Rule rule) {
  if (!is_field_name(at, name)) return false;
  const std::string lower = base::lowered(name);
  for (std::string_view own : kOwnFields) {
    if (lower != own) continue;
    at.problem(fmt::format("{} is headgate's own: it follows from the message", name));
    return false;
  }
  if (lower == "host" && rule != Rule::kSet) {
    at.problem("Host can be set, but neither added nor removed: a request has exactly one");
    return false;
  }
  return true;
}

using Values = std::vector<std::pair<std::string, std::string>>;

void read_value(const Reader& at, const std::string& name, std::span<const std::string_view> placeholders,
                Values& out) {
  std::string value;
  at.text(value, {0, kFieldValueBytesMax});
  if (has_known_placeholders(at, value, placeholders)) out.emplace_back(name, std::move(value));
}

void read_set(const Reader& at, std::span<const std::string_view> placeholders, Values& out) {
  std::unordered_map<std::string, int> lines;
  at.each_entry([&](const Reader& one, const std::string& name) {
    if (!may_change(one, name, Rule::kSet)) return;
    const auto [first, is_new] = lines.try_emplace(base::lowered(name), one.place().line);
    if (!is_new) return one.problem(fmt::format("is set twice, first in line {}: case does not matter", first->second));
    read_value(one, name, placeholders, out);
  });
}

void read_add(const Reader& at, std::span<const std::string_view> placeholders, Values& out) {
  at.each_entry([&](const Reader& one, const std::string& name) {
    if (!may_change(one, name, Rule::kAdd)) return;
    one.each_value([&](const Reader& value) { read_value(value, name, placeholders, out); });
  });
}

void read_remove(const Reader& at, FieldRules& out) {
  at.each_value([&](const Reader& one) {
    const std::optional<std::string> name = one.scalar("a field name");
    if (name && may_change(one, *name, Rule::kRemove)) out.remove.push_back(*name);
  });
}

constexpr Key<FieldRules> kRequestKeys[] = {
    {"set", [](const Reader& at, FieldRules& out) { read_set(at, request_placeholders(), out.set); }},
    {"add", [](const Reader& at, FieldRules& out) { read_add(at, request_placeholders(), out.add); }},
    {"remove", read_remove},
};

constexpr Key<FieldRules> kResponseKeys[] = {
    {"set", [](const Reader& at, FieldRules& out) { read_set(at, response_placeholders(), out.set); }},
    {"add", [](const Reader& at, FieldRules& out) { read_add(at, response_placeholders(), out.add); }},
    {"remove", read_remove},
};

constexpr Key<Route> kHeadersKeys[] = {
    {"request", [](const Reader& at, Route& out) { read_map(at, kRequestKeys, out.request_fields); },
     Presence::kOptional, [](KeyList& out) { out.add(kRequestKeys); }},
    {"response", [](const Reader& at, Route& out) { read_map(at, kResponseKeys, out.response_fields); },
     Presence::kOptional, [](KeyList& out) { out.add(kResponseKeys); }},
};

}  // namespace

void read_field_rules(const Reader& at, Route& out) {
  read_map(at, kHeadersKeys, out);
}
void list_field_rule_keys(KeyList& out) {
  out.add(kHeadersKeys);
}

}  // namespace headgate::config::sections
