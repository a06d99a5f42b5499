#include "proxy/explain/pool_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "config/load.h"
#include "config/values.h"
#include "proxy/explain/session/session_part.h"
#include "proxy/http/ending.h"

namespace headgate::proxy::explain {
namespace {

using balance::Forecast;
using balance::choose::Place;

/// What the region is that makes a member come last; empty: it takes clients.
std::string out_of(std::uint16_t elsewhere) {
  switch (balance::choose::out_part(elsewhere)) {
    case balance::choose::kDrainedFirst:
      return "drained";
    case balance::choose::kDownFirst:
      return "down";
    default:
      return "";
  }
}

std::string why_not(Place place, const balance::choose::Standing& standing, const std::string& region) {
  const health::State state = standing.state;
  switch (place) {
    case Place::kCandidate:
      return "";
    case Place::kWeightZero:
      return "its weight is 0";
    case Place::kDisabled:
      return "disabled by an operator";
    case Place::kDraining:
      return "it takes no new requests";
    case Place::kHeldBack:
      return "a backup, and others are up";
    case Place::kPassedOver:
      return "the backups serve";
    case Place::kNotNeeded:
      if (const std::string out = out_of(standing.elsewhere); !out.empty()) {
        return fmt::format("region {} is {}, and others carry everything", region, out);
      }
      return "those before it, by priority or region, carry everything";
    case Place::kUnfit:
      return fmt::format("it is {}", to_string(state));
  }
  return "";
}

double percent(double part, double whole) {
  return whole > 0 ? part * 100 / whole : 0;
}

/// How a backend stands in its pool's way to choose, in a few words.
std::string score_of(config::Balance balance, const std::vector<Forecast>& forecasts, std::size_t member,
                     double chance_percent) {
  switch (balance) {
    case config::Balance::kRoundRobin: {
      if (forecasts.size() == 1) {
        const std::uint32_t picks = forecasts.front().members[member].picks_before;
        return picks == 0 ? "its turn" : fmt::format("its turn in {}", picks);
      }
      const auto turns = std::count_if(forecasts.begin(), forecasts.end(), [member](const Forecast& forecast) {
        return forecast.members[member].picks_before == 0;
      });
      return fmt::format("next on {} of {} workers", turns, forecasts.size());
    }
    case config::Balance::kLeastRequests: {
      double least = 0;
      double most = 0;
      for (const Forecast& forecast : forecasts) {
        const Forecast::Member& row = forecast.members[member];
        const double load = (row.requests_in_flight + 1.0) * 100 / std::max(row.weight, 1u);
        least = least == 0 ? load : std::min(least, load);
        most = std::max(most, load);
      }
      return least == most ? fmt::format("load {:.4g}", least) : fmt::format("load {:.4g} to {:.4g}", least, most);
    }
    case config::Balance::kRandomTwo:
    case config::Balance::kHash:
      return fmt::format("chance {:.3g}%", chance_percent);
    case config::Balance::kPeakEwma: {
      const double latency_ns = forecasts.front().members[member].latency_ns;
      if (latency_ns == 0) return fmt::format("chance {:.3g}%, no answer yet", chance_percent);
      return fmt::format("chance {:.3g}%, latency {:.3g} ms", chance_percent, latency_ns / 1e6);
    }
  }
  return "";
}

std::string discovered_text(const balance::PoolVersion::Discovered& discovered) {
  if (discovered.target.empty()) return "by " + discovered.name;
  return fmt::format("{}, by {} (priority {}, weight {})", discovered.target, discovered.name, discovered.priority,
                     discovered.record_weight);
}

/// How the names stand that a pool's backends are found by.
std::vector<std::string> names_of(const config::Pool& pool, const std::vector<discovery::NameRow>& rows) {
  std::vector<std::string> out;
  for (const config::Backend& backend : pool.backends) {
    const auto* name = std::get_if<config::BackendName>(&backend.where);
    if (name == nullptr) continue;
    const auto row = std::ranges::find(rows, name->host, &discovery::NameRow::name);
    if (row != rows.end()) out.push_back(fmt::format("{}: {}", config::text_of(*name), discovery::text_of(*row)));
  }
  return out;
}

BackendPart backend_part_of(const config::Pool& pool, const PoolView& view, std::size_t index, double weight_sum) {
  const Forecast& first = view.forecasts.front();
  const balance::PoolVersion::Member& member = first.version->members[index];
  const Forecast::Member& row = first.members[index];
  BackendPart out;
  out.id = member.backend->id();
  out.address = member.backend->address_text();
  out.state = to_string(row.standing.state);
  if (!view.is_checked && row.standing.state == health::State::kUp) {
    out.state = "not checked";
    out.why = "no daemon was asked";
  }
  for (const health::Row& known : view.health) {
    if (known.pool != pool.name || known.backend != out.id || known.address != member.backend->address()) continue;
    out.why = known.why;
    if (known.since != base::WallTime{}) {
      out.since = base::rfc3339(known.since);
      out.since_seconds = std::max<std::int64_t>((view.now - known.since) / std::chrono::seconds(1), 0);
    }
  }
  out.weight = member.weight;
  out.weight_percent = row.standing.weight_percent;
  out.backup = member.backup;
  out.priority = member.priority;
  out.region = member.region;
  if (member.discovered) out.discovered = discovered_text(*member.discovered);
  out.requests_in_flight = row.requests_in_flight;
  out.max_requests = member.max_requests;
  out.candidate = row.place == Place::kCandidate;
  out.why_not = why_not(row.place, row.standing, member.region);
  double chances = 0;
  for (const Forecast& forecast : view.forecasts) chances += forecast.members[index].chance;
  out.chance_percent = percent(chances, static_cast<double>(view.forecasts.size()));
  const bool has_session = first.stay == Forecast::Stay::kHome && first.home == index;
  if (!out.candidate) {
    if (has_session) out.score = "has the session";
    return out;
  }
  if (row.is_full) out.why_not = "it has its max_requests";
  out.share_percent = percent(row.weight, weight_sum);
  if (first.stay == Forecast::Stay::kHome || first.stay == Forecast::Stay::kHomeFull) {
    out.score = has_session ? "has the session" : "";
    return out;
  }
  out.score = score_of(pool.balance, view.forecasts, index, out.chance_percent);
  return out;
}

/// The regions that members of a level state, each once: "eu, us".
std::string regions_of(const Forecast& forecast, const balance::choose::Level& level) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < forecast.members.size(); ++i) {
    const balance::choose::Standing& standing = forecast.members[i].standing;
    const std::string& region = forecast.version->members[i].region;
    const bool is_of_it = standing.priority == level.priority && standing.elsewhere == level.elsewhere;
    if (is_of_it && !region.empty() && std::ranges::find(names, region) == names.end()) names.push_back(region);
  }
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

std::vector<LevelPart> levels_of(const Forecast& forecast) {
  std::vector<LevelPart> out;
  if (forecast.levels.size() < 2) return out;
  for (const balance::choose::Level& level : forecast.levels) {
    out.push_back({level.priority, level.elsewhere != 0, regions_of(forecast, level), out_of(level.elsewhere),
                   percent(static_cast<double>(level.healthy_weight), static_cast<double>(level.weight)),
                   percent(level.share, balance::choose::kWholeShare)});
  }
  return out;
}

/// Ids by their chance, the likeliest first; in the file's order where they are equal.
std::vector<std::string> likeliest(const std::vector<std::pair<double, std::string>>& chances) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < chances.size(); ++i) {
    if (chances[i].first > 0) order.emplace_back(-chances[i].first, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::string> out;
  for (const auto& [chance, index] : order) out.push_back(chances[index].second);
  return out;
}

std::vector<WorkerPart> workers_of(const PoolView& view) {
  std::vector<WorkerPart> out;
  for (const Forecast& forecast : view.forecasts) {
    std::vector<std::pair<double, std::string>> chances;
    for (std::size_t i = 0; i < forecast.members.size(); ++i) {
      chances.emplace_back(forecast.members[i].chance, forecast.version->members[i].backend->id());
    }
    out.push_back({static_cast<std::uint32_t>(forecast.worker), true, likeliest(chances), forecast.waiting_here});
  }
  for (const std::uint32_t worker : view.silent) out.push_back({worker, false, {}, 0});
  std::sort(out.begin(), out.end(), [](const WorkerPart& a, const WorkerPart& b) { return a.worker < b.worker; });
  return out;
}

std::string how_chosen(const config::Pool& pool, const PoolPart& part) {
  if (part.session && part.session->verdict == "stays") return "its session is there";
  if (part.candidates == 0) {
    return fmt::format("no healthy backend ({} of {} up)", part.up, part.backends.size());
  }
  if (part.takes.empty() && part.waiting > 0 && part.protection.sheds()) {
    return fmt::format("all are busy, and it would wait for about {:.3g} s: it is turned away at once",
                       part.protection.expected_wait_ms / 1000);
  }
  if (part.takes.empty() && part.protection.is_full()) {
    return fmt::format("the pool has its {} requests under way: it waits, at most {}", part.protection.request_limit,
                       config::duration_text(pool.queue.timeout));
  }
  if (part.takes.empty()) {
    return fmt::format("all are busy: it waits, at most {}", config::duration_text(pool.queue.timeout));
  }
  if (part.candidates == 1) return "the only one that may be chosen";
  switch (pool.balance) {
    case config::Balance::kRoundRobin:
      return part.takes.size() == 1
                 ? "it is its turn"
                 : "each worker has its own turn, and the kernel chooses which worker a connection meets";
    case config::Balance::kLeastRequests:
      return "the fewest requests under way for its weight, over all workers";
    case config::Balance::kRandomTwo:
      return "two are drawn by weight; the one with fewer requests for its weight is taken";
    case config::Balance::kPeakEwma:
      return "two are drawn by weight; the one whose latency times its requests is less, for its weight, is taken";
    case config::Balance::kHash:
      return "by the hash of what tells the request apart";
  }
  return "";
}

std::string spoken_to(const config::Pool& pool) {
  if (pool.protocol == config::BackendProtocol::kH2c) return "h2c";
  const std::string_view protocol = pool.protocol == config::BackendProtocol::kH2 ? "h2" : "http/1.1";
  if (!pool.tls) return std::string(protocol);
  const config::PoolTls& tls = *pool.tls;
  const std::string name = tls.sni.empty() ? std::string("the name or address it is known by") : tls.sni;
  return fmt::format("{} over TLS, {}{}", protocol,
                     tls.verify ? "verified as " + name : "which is not verified, as " + name,
                     tls.certificate ? "; headgate shows a certificate" : "");
}

RetryPart retry_of(const config::Retry& retry, wire::http::Method method) {
  RetryPart out;
  out.attempts = retry.attempts;
  const auto add = [&out](bool on, std::string_view name) {
    if (on) out.on.emplace_back(name);
  };
  add(retry.on.connect, "connect");
  add(retry.on.reset, "reset");
  add(retry.on.status_502, "502");
  add(retry.on.status_503, "503");
  add(retry.on.status_504, "504");
  out.budget_percent = retry.budget_percent;
  out.idempotent = wire::http::is_idempotent(method);
  if (retry.attempts == 0 || out.on.empty()) {
    out.text = "none";
  } else if (!out.idempotent && !retry.on.connect) {
    out.text = "none: this method is not idempotent, so it is never sent twice";
  } else {
    out.text = fmt::format("at most {} on other backends, {}; {}% of the pool's requests", retry.attempts,
                           out.idempotent ? "if nothing of the body was taken"
                                          : "where no connection came about: this method is not idempotent",
                           retry.budget_percent);
  }
  return out;
}

}  // namespace

void keep_version(PoolView& view, const std::shared_ptr<const balance::PoolVersion>& version) {
  std::erase_if(view.forecasts, [&](const Forecast& forecast) {
    const bool is_old = forecast.version != version;
    if (is_old) view.silent.push_back(static_cast<std::uint32_t>(forecast.worker));
    return is_old;
  });
}

PoolPart pool_part_of(const config::Pool& pool, const PoolView& view, wire::http::Method method,
                      const session::KnownSession& known) {
  PoolPart out;
  out.name = pool.name;
  out.balance = config::balance_text(pool);
  out.spoken = spoken_to(pool);
  out.queue_size = pool.queue.size;
  out.queue_timeout_ms = pool.queue.timeout / std::chrono::milliseconds(1);
  out.waiting = view.waiting;
  out.protection =
      protection::protection_part_of(pool, view.forecasts.empty() ? nullptr : &view.forecasts.front(), method);
  out.retry = retry_of(pool.retry, method);
  if (!view.is_checked) {
    for (const config::Backend& backend : pool.backends) {
      const auto* name = std::get_if<config::BackendName>(&backend.where);
      if (name != nullptr) out.unresolved.push_back(config::text_of(*name));
    }
  }
  out.names = names_of(pool, view.names);
  out.session = session::session_part_of(pool, known, view.forecasts.empty() ? nullptr : &view.forecasts.front());
  out.workers = workers_of(view);
  if (view.forecasts.empty()) {
    out.why = "no worker answered in time";
    return out;
  }
  const Forecast& first = view.forecasts.front();
  out.panic = first.panic;
  out.levels = levels_of(first);
  double weight_sum = 0;
  for (const Forecast::Member& member : first.members) weight_sum += member.weight;
  std::vector<std::pair<double, std::string>> chances;
  for (std::size_t i = 0; i < first.members.size(); ++i) {
    out.backends.push_back(backend_part_of(pool, view, i, weight_sum));
    const BackendPart& backend = out.backends.back();
    out.up += first.members[i].standing.state == health::State::kUp ? 1 : 0;
    out.candidates += backend.candidate ? 1 : 0;
    chances.emplace_back(backend.chance_percent, backend.id);
  }
  out.takes = likeliest(chances);
  out.why = how_chosen(pool, out);
  return out;
}

AnswerPart answer_of(const PoolPart& pool, AnswerPart planned) {
  planned.by = "pool " + pool.name;
  if (!pool.takes.empty()) {
    planned.why = "what the backend answers";
    return planned;
  }
  const bool is_shed = pool.waiting > 0 && pool.protection.sheds();
  const bool is_queued = pool.candidates > 0 && pool.waiting < pool.queue_size && !is_shed;
  if (is_queued) {
    planned.why = "what the backend answers that comes free first";
    return planned;
  }
  if (!pool.unresolved.empty()) {
    planned.why = "what the backend answers that DNS names";
    return planned;
  }
  const http::Verdict verdict =
      http::verdict_on(base::Error{base::ErrorKind::kUnavailable, base::Fault::kUpstream, pool.why});
  planned.status = verdict.status;
  planned.by = "headgate";
  planned.why = http::facts_of(verdict.ending).sentence;
  return planned;
}

}  // namespace headgate::proxy::explain
