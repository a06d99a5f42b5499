#include "proxy/admin/api/members.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "config/values.h"

namespace headgate::proxy::admin::api {
namespace {

/// As it was sent, cut short.
std::string shown(const Json& value) {
  constexpr std::size_t kShownBytes = 60;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes) + "...";
  return text;
}

}  // namespace

const Json* Members::find(std::string_view name) {
  asked_for_.emplace_back(name);
  const auto found = body_.find(std::string(name));
  return found == body_.end() || found->is_null() ? nullptr : &*found;
}

void Members::refuse(std::string text) {
  if (refusal_.empty()) refusal_ = std::move(text);
}

std::optional<std::string> Members::text(std::string_view name, std::size_t bytes_max) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (value->is_string()) {
    const std::string& text = value->get_ref<const std::string&>();
    if (text.size() <= bytes_max && std::none_of(text.begin(), text.end(), is_control)) return text;
  }
  refuse(fmt::format("{} is one line of at most {} bytes, not {}", name, bytes_max, shown(*value)));
  return std::nullopt;
}

std::optional<base::Duration> Members::duration(std::string_view name, base::Duration min, base::Duration max) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    const std::optional<base::Duration> duration = config::parse_duration(value->get_ref<const std::string&>());
    if (duration && *duration >= min && *duration <= max) return duration;
  }
  refuse(fmt::format("{} is a duration from {} to {} such as \"90s\" or \"10m\", not {}", name,
                     config::duration_text(min), config::duration_text(max), shown(*value)));
  return std::nullopt;
}

std::optional<bool> Members::flag(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  refuse(fmt::format("{} is true or false, not {}", name, shown(*value)));
  return std::nullopt;
}

std::optional<std::uint32_t> Members::number(std::string_view name, std::uint32_t min, std::uint32_t max) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned()) {
    const std::uint64_t number = value->get<std::uint64_t>();
    if (number >= min && number <= max) return static_cast<std::uint32_t>(number);
  }
  refuse(fmt::format("{} is a whole number from {} to {}, not {}", name, min, max, shown(*value)));
  return std::nullopt;
}

std::optional<std::size_t> Members::word(std::string_view name, std::span<const std::string_view> words) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  std::string near;
  if (value->is_string()) {
    const std::string& written = value->get_ref<const std::string&>();
    const auto found = std::find(words.begin(), words.end(), written);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    near = base::suggestion_for(written, words);
  }
  refuse(fmt::format("{} is one of {}, not {}{}", name, fmt::join(words, ", "), shown(*value), near));
  return std::nullopt;
}

void Members::require(std::string_view name, std::string_view example) {
  const auto found = body_.find(std::string(name));
  if (found == body_.end() || found->is_null()) {
    refuse(fmt::format("{} is missing; a body is for example {}", name, example));
  }
}

std::optional<Answer> Members::refusal() {
  for (const auto& [name, value] : body_.items()) {
    if (std::find(asked_for_.begin(), asked_for_.end(), name) != asked_for_.end()) continue;
    refuse(fmt::format("there is no member {} here{}", shown(name), base::suggestion_for(name, asked_for_)));
  }
  if (refusal_.empty()) return std::nullopt;
  return problem(400, refusal_);
}

}  // namespace headgate::proxy::admin::api
