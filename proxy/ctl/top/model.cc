#include "proxy/ctl/top/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "proxy/ctl/text/quantities.h"

namespace headgate::proxy::ctl::top {
namespace {

using client::count;
using client::Json;
using client::list;
using client::member;
using client::number;

constexpr std::size_t kEventsMax = 64;

std::string age_of(const Json& of, std::string_view name, base::WallTime now) {
  const std::optional<base::WallTime> at = client::time(of, name);
  return at ? text::short_age(now - *at) : "-";
}

std::string warning_of(const Json& configuration) {
  const Json& reload = member(configuration, "last_reload");
  if (reload.is_object() && !client::truth(reload, "accepted")) {
    const std::vector<std::string> lines = client::lines(reload, "message");
    return "the last reload was refused" + (lines.empty() ? "" : ": " + lines.front());
  }
  if (client::truth(configuration, "differs_from_file")) return "the configuration file is no longer what runs";
  return {};
}

Series series_of(const Json& history, const Json& status) {
  Series out;
  const double step = std::max(number(history, "step_seconds", 1), 1.0);
  for (const Json& point : list(history, "points")) {
    const Json& latency = member(point, "latency_ms");
    out.requests.push_back(number(point, "requests") / step);
    out.errors.push_back(number(point, "errors_5xx") / step);
    out.sent_bytes.push_back(number(point, "sent_bytes") / step);
    out.p50_ms.push_back(number(latency, "p50"));
    out.p95_ms.push_back(number(latency, "p95"));
  }
  out.connections_open = count(member(status, "totals"), "connections_open");
  return out;
}

std::vector<Event> events_of(const Json& events) {
  std::vector<Event> out;
  const Json& rows = list(events, "events");
  for (std::size_t i = rows.size(); i > 0 && out.size() < kEventsMax; --i) {
    const Json& row = rows[i - 1];
    const std::optional<base::WallTime> at = client::time(row, "at");
    out.push_back(
        {at ? base::civil_time(*at).substr(11) : "--:--:--", client::text(row, "text"), client::text(row, "to")});
  }
  return out;
}

BackendRow backend_of(const Json& row, base::WallTime now) {
  const Json& latency = member(row, "latency_ms");
  BackendRow out;
  out.pool = client::text(row, "pool");
  out.id = client::text(row, "id");
  out.address = client::text(row, "address");
  out.state = client::text(row, "state");
  out.why = client::text(row, "why");
  out.age = age_of(row, "since", now);
  out.share_percent = std::clamp(number(row, "weight_percent", 100), 0.0, 100.0);
  out.running = count(row, "requests_in_flight");
  out.has_latency = member(latency, "p95").is_number();
  out.p95_ms = number(latency, "p95");
  return out;
}

}  // namespace

double Pictures::rate(const std::string& name, std::uint64_t count) {
  now_.counts[name] = count;
  const auto found = before_.counts.find(name);
  const double seconds = std::chrono::duration<double>(now_.at - before_.at).count();
  if (found == before_.counts.end() || count < found->second || seconds <= 0) return 0;
  return static_cast<double>(count - found->second) / seconds;
}

Model Pictures::take(const Answers& answers, base::Time now, base::WallTime wall) {
  before_ = std::exchange(now_, {});
  now_.at = now;
  now_.process = count(answers.status, "pid");
  if (now_.process != before_.process) before_.counts.clear();  // another process counts from 0, or goes on counting

  Model out;
  out.is_known = true;
  out.state = client::text(answers.status, "state");
  out.title = fmt::format("headgate {}, {} for {}", client::text(answers.status, "version"), out.state,
                          text::age_text(client::seconds(answers.status, "uptime_seconds")));
  out.warning = warning_of(member(answers.status, "configuration"));
  out.series = series_of(answers.history, answers.status);
  out.events = events_of(answers.events);
  for (const Json& pool : list(answers.pools, "pools")) {
    PoolRow row;
    row.name = client::text(pool, "name");
    row.balance = client::text(pool, "balance");
    row.waiting = count(pool, "waiting");
    row.requests_per_second = rate("pool requests\n" + row.name, count(pool, "requests"));
    row.retries_per_second = rate("pool retries\n" + row.name, count(pool, "retries"));
    for (const Json& each : list(pool, "backends")) {
      BackendRow backend = backend_of(each, wall);
      backend.requests_per_second = rate("requests\n" + backend.key(), count(each, "requests"));
      backend.failures_per_second =
          rate("failures\n" + backend.key(), count(each, "failures") + count(each, "connect_failures"));
      ++row.all;
      row.up += backend.state == "up" ? 1 : 0;
      row.running += backend.running;
      out.backends.push_back(std::move(backend));
    }
    out.pools.push_back(std::move(row));
  }
  return out;
}

std::string bars(const std::vector<double>& values, int columns) {
  static constexpr std::array<const char*, 9> kBars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t shown = std::min(values.size(), static_cast<std::size_t>(std::max(columns, 0)));
  std::string out(static_cast<std::size_t>(std::max(columns, 0)) - shown, ' ');
  const auto first = values.end() - static_cast<std::ptrdiff_t>(shown);
  const double most = shown == 0 ? 0 : *std::max_element(first, values.end());
  for (auto value = first; value != values.end(); ++value) {
    // What is not nothing has a bar, however small.
    const double share = most > 0 ? std::clamp(*value / most, 0.0, 1.0) : 0;
    const std::size_t level = share <= 0 ? 0 : 1 + static_cast<std::size_t>(share * 7.0);
    out += kBars[std::min<std::size_t>(level, 8)];
  }
  return out;
}

}  // namespace headgate::proxy::ctl::top
