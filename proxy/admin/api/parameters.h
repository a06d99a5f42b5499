#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/admin/api/answer.h"

namespace headgate::proxy::admin::api {

/// Reads the parameters of a query, and knows in the end what is wrong with it; see Members. Each comes once, but for
/// those that are asked for with texts().
class Parameters {
 public:
  explicit Parameters(std::string_view query);

  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t min, std::uint64_t max);
  std::optional<std::string> text(std::string_view name);
  std::vector<std::string> texts(std::string_view name, std::size_t most);

  /// A 400, unless all is well. Called last.
  std::optional<Answer> refusal();

 private:
  void refuse(std::string text);

  std::vector<std::pair<std::string, std::string>> list_;
  std::vector<std::string> asked_for_;
  std::string refusal_;
};

}  // namespace headgate::proxy::admin::api
