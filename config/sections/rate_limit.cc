#include <fmt/core.h>

#include <algorithm>

#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

void read_by(const Reader& at, RateLimit& out) {
  constexpr std::string_view kWanted = "client or header:NAME";
  constexpr std::string_view kHeader = "header:";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written || *written == "client") return;
  if (!written->starts_with(kHeader)) {
    return at.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  }
  const std::string name = written->substr(kHeader.size());
  if (is_field_name(at, name)) out.by_header = name;
}

constexpr Key<RateLimit> kRateLimitKeys[] = {
    {"by", read_by},
    {"rate", [](const Reader& at, RateLimit& out) { read_rate(at, out.per_second); }, Presence::kRequired},
    {"burst", [](const Reader& at, RateLimit& out) { at.number(out.burst, {1, kRateMax}); }},
    {"clients", [](const Reader& at, RateLimit& out) { at.number(out.clients, {1, 10'000'000}); }},
};

}  // namespace

void read_rate_limit(const Reader& at, std::optional<RateLimit>& out) {
  RateLimit limit;
  read_map(at, kRateLimitKeys, limit);
  if (limit.burst == 0) limit.burst = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(limit.per_second));
  out = std::move(limit);
}
void list_rate_limit_keys(KeyList& out) {
  out.add(kRateLimitKeys);
}

}  // namespace headgate::config::sections
