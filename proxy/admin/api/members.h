#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "proxy/admin/api/answer.h"
#include "proxy/admin/json_values.h"

namespace headgate::proxy::admin::api {

/// Reads the members of a request's body, and knows in the end what is wrong with it.
///
///     Members members(asked.body);
///     const base::Duration over = members.duration("over", kOverMax).value_or(0s);
///     if (std::optional<Answer> refused = members.refusal()) return std::move(*refused);
///
/// Nothing is what is absent, null or wrong; the first thing wrong is the refusal, and so is a member that nobody asked
/// for.
class Members {
 public:
  explicit Members(const Json& body) : body_(body) {}

  /// One line of at most `bytes_max` bytes.
  std::optional<std::string> text(std::string_view name, std::size_t bytes_max);
  /// As the configuration writes one: "90s".
  std::optional<base::Duration> duration(std::string_view name, base::Duration min, base::Duration max);
  /// true or false.
  std::optional<bool> flag(std::string_view name);
  std::optional<std::uint32_t> number(std::string_view name, std::uint32_t min, std::uint32_t max);
  /// The index of one of these words.
  std::optional<std::size_t> word(std::string_view name, std::span<const std::string_view> words);
  /// That member has to be there; called after it was read.
  void require(std::string_view name, std::string_view example);

  /// A 400, unless all is well. Called last.
  std::optional<Answer> refusal();

 private:
  const Json* find(std::string_view name);
  void refuse(std::string text);

  const Json& body_;
  std::vector<std::string> asked_for_;
  std::string refusal_;
};

}  // namespace headgate::proxy::admin::api
