#include "proxy/route/field_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "config/placeholders.h"

namespace headgate::proxy::route {

namespace {

static_assert(static_cast<std::size_t>(Variable::kCount) == config::kFieldPlaceholders);

/// In the order of Variable.
std::span<const std::string_view> names_of_variables() {
  return config::response_placeholders();
}

constexpr bool ends_a_line(char c) {
  return c == '\r' || c == '\n' || c == '\0';
}

Variable variable_named(std::string_view name) {
  const auto names = names_of_variables();
  return static_cast<Variable>(std::ranges::find(names, name) - names.begin());
}

base::Error invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

}  // namespace

std::string_view name_of(Variable variable) {
  return names_of_variables()[static_cast<std::size_t>(variable)];
}

base::Result<FieldTemplate> FieldTemplate::compile(std::string_view text, std::span<const std::string_view> names) {
  for (const char c : text) {
    if (ends_a_line(c)) return invalid("a field value holds no CR, LF or NUL");
  }
  FieldTemplate out;
  std::optional<std::string_view> unknown;
  for (config::TemplatePart& part : config::split_template(text, names, unknown)) {
    Part& compiled = out.parts_.emplace_back();
    compiled.literal = std::move(part.literal);
    if (part.placeholder < 0) continue;
    const std::string_view name = names[static_cast<std::size_t>(part.placeholder)];
    compiled.variable = variable_named(name);
    if (compiled.variable == Variable::kCount) return invalid(fmt::format("{{{}}} has no value here", name));
    out.uses_ |= bit(compiled.variable);
  }
  if (unknown) {
    std::string known;
    for (const std::string_view name : names) known += fmt::format("{}{{{}}}", known.empty() ? "" : ", ", name);
    return invalid(fmt::format("no variable {{{}}}; there are {}", *unknown, known));
  }
  return out;
}

std::string_view FieldTemplate::expand(const Variables& variables, base::Arena& arena) const {
  if (uses_ == 0) return parts_.empty() ? std::string_view() : std::string_view(parts_.front().literal);
  std::size_t bytes = 0;
  for_each_part(variables, [&bytes](std::string_view text, bool) { bytes += text.size(); });
  char* const out = arena.take(bytes);
  char* next = out;
  for_each_part(variables, [&next](std::string_view text, bool is_value) {
    if (!is_value) {
      std::memcpy(next, text.data(), text.size());
      next += text.size();
      return;
    }
    for (const char c : text) {
      *next = c;
      next += ends_a_line(c) ? 0 : 1;
    }
  });
  return {out, static_cast<std::size_t>(next - out)};
}

std::string_view uri_of(const wire::http::RequestHead& head, base::Arena& arena) {
  if (!head.has_query) return head.path;
  // Compared as numbers: the two views need not be of one buffer.
  const auto after_path = reinterpret_cast<std::uintptr_t>(head.path.data()) + head.path.size();
  if (reinterpret_cast<std::uintptr_t>(head.query.data()) == after_path + 1 &&
      head.path.data()[head.path.size()] == '?') {
    return {head.path.data(), head.path.size() + 1 + head.query.size()};
  }
  return arena.concat({head.path, "?", head.query});
}

}  // namespace headgate::proxy::route
