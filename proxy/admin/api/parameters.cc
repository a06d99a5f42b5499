#include "proxy/admin/api/parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/suggest.h"
#include "wire/http/uri.h"

namespace headgate::proxy::admin::api {

Parameters::Parameters(std::string_view query) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::optional<std::string> name = wire::http::percent_decoded(pair.substr(0, equals));
    const std::optional<std::string> value =
        wire::http::percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      refuse(fmt::format("the query has a broken escape in '{}'", pair));
    } else {
      list_.emplace_back(*name, *value);
    }
  }
}

void Parameters::refuse(std::string text) {
  if (refusal_.empty()) refusal_ = std::move(text);
}

std::vector<std::string> Parameters::texts(std::string_view name, std::size_t most) {
  asked_for_.emplace_back(name);
  std::vector<std::string> out;
  for (const auto& [known, value] : list_) {
    if (known == name) out.push_back(value);
  }
  if (out.size() > most) {
    refuse(most == 1 ? fmt::format("{} comes more than once", name)
                     : fmt::format("{} comes more than {} times", name, most));
  }
  return out;
}

std::optional<std::string> Parameters::text(std::string_view name) {
  std::vector<std::string> all = texts(name, 1);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

std::optional<std::uint64_t> Parameters::number(std::string_view name, std::uint64_t min, std::uint64_t max) {
  const std::optional<std::string> written = text(name);
  if (!written) return std::nullopt;
  const std::optional<std::uint64_t> number = base::parse_decimal<std::uint64_t>(*written);
  if (number && *number >= min && *number <= max) return number;
  refuse(fmt::format("{} is a whole number from {} to {}, not '{}'", name, min, max, *written));
  return std::nullopt;
}

std::optional<Answer> Parameters::refusal() {
  for (const auto& [name, value] : list_) {
    if (std::find(asked_for_.begin(), asked_for_.end(), name) != asked_for_.end()) continue;
    refuse(fmt::format("there is no parameter '{}' here{}", name, base::suggestion_for(name, asked_for_)));
  }
  if (refusal_.empty()) return std::nullopt;
  return problem(400, refusal_);
}

}  // namespace headgate::proxy::admin::api
