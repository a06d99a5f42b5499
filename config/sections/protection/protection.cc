#include "config/sections/protection/protection.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/ascii.h"
#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::protection {
namespace {

constexpr std::uint32_t kAtOnceMax = 1'000'000;

constexpr Key<PoolLimits> kLimitKeys[] = {
    {"connections", [](const Reader& at, PoolLimits& out) { at.number(out.connections, {0, kAtOnceMax}); }},
    {"requests", [](const Reader& at, PoolLimits& out) { at.number(out.requests, {0, kAtOnceMax}); }},
    {"retries", [](const Reader& at, PoolLimits& out) { at.number(out.retries, {0, kAtOnceMax}); }},
};

constexpr Key<Adaptive> kAdaptiveKeys[] = {
    {"min", [](const Reader& at, Adaptive& out) { at.number(out.min, {1, kAtOnceMax}); }},
    {"max", [](const Reader& at, Adaptive& out) { at.number(out.max, {1, kAtOnceMax}); }},
    {"window", [](const Reader& at, Adaptive& out) { at.duration(out.window, {1s, 1h}); }},
};

/// "p95" or "p99.9" in thousandths; nothing: it is none from p50 to p99.9.
std::optional<std::uint32_t> parse_percentile(std::string_view text) {
  if (!text.starts_with('p')) return std::nullopt;
  text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view tenth = point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
  const auto whole = base::parse_decimal<std::uint32_t>(text.substr(0, point));
  const auto part = base::parse_decimal<std::uint32_t>(tenth);
  if (!whole || !part || tenth.size() != 1) return std::nullopt;
  const std::uint32_t permille = *whole * 10 + *part;
  if (*whole > 99 || permille < 500) return std::nullopt;
  return permille;
}

void read_hedge_after(const Reader& at, Hedge& out) {
  constexpr std::string_view kWanted = "a percentile from p50 to p99.9, or a duration such as 50ms";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return;
  if (!written->starts_with('p')) {
    if (!parse_duration(*written)) return at.expected(kWanted);
    out.after_permille = 0;
    return at.duration(out.after, kWaitRange);
  }
  const std::optional<std::uint32_t> permille = parse_percentile(*written);
  if (!permille) return at.expected(kWanted);
  out.after_permille = *permille;
}

constexpr Key<Hedge> kHedgeKeys[] = {
    {"after", read_hedge_after},
    {"budget", [](const Reader& at, Hedge& out) { at.percent(out.budget_percent); }},
    {"methods",
     [](const Reader& at, Hedge& out) { at.word(out.takes_idempotent, {{"safe", false}, {"idempotent", true}}); }},
};

}  // namespace

void read_adaptive(const Reader& at, Pool& out) {
  Adaptive& adaptive = out.adaptive.emplace();
  if (read_map(at, kAdaptiveKeys, adaptive) && adaptive.min > adaptive.max) {
    at.problem(fmt::format("min {} is more than max {}", adaptive.min, adaptive.max));
  }
}
void list_adaptive_keys(KeyList& out) {
  out.add(kAdaptiveKeys);
}

void read_shed(const Reader& at, Queue& out) {
  constexpr std::string_view kWanted = "off, or a duration such as 500ms";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return;
  Duration longest{};
  if (*written != "off" && !parse_duration(*written)) return at.expected(kWanted);
  if (*written != "off") at.duration(longest, kWaitRange);
  out.shed = longest;
}

void settle_limits(const Reader& at, const Pool& pool) {
  if (!pool.adaptive || pool.limits.requests == 0) return;
  at.problem(
      "limits.requests and adaptive both limit the requests under way; adaptive.max is the most that adaptive "
      "allows, so remove limits.requests");
}

void read_hedge(const Reader& at, Pool& out) {
  read_map(at, kHedgeKeys, out.hedge.emplace());
}
void list_hedge_keys(KeyList& out) {
  out.add(kHedgeKeys);
}

void check_connections(const Config& config, Reading& reading) {
  for (const Mention& mention : reading.pools_used) {
    if (!mention.path.starts_with("listeners")) continue;
    const auto pool = std::ranges::find(config.pools, mention.text, &Pool::name);
    if (pool == config.pools.end() || (!pool->hedge && !pool->adaptive)) continue;
    reading.problems.add(mention.place, mention.path,
                         fmt::format("pool {} has {}, which goes by how long answers take, and the connections of a "
                                     "tcp listener have none; give them a pool without",
                                     yaml::in_quotes(pool->name), pool->hedge ? "hedge" : "adaptive"));
  }
}

void read_limits(const Reader& at, Pool& out) {
  read_map(at, kLimitKeys, out.limits);
}
void list_limit_keys(KeyList& out) {
  out.add(kLimitKeys);
}

}  // namespace headgate::config::sections::protection
