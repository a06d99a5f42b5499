#include "proxy/explain/replay/side.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/load.h"
#include "proxy/http/reception/steps.h"
#include "proxy/origin/files/file_answer.h"
#include "wire/http1/head_parser.h"

namespace headgate::proxy::explain::replay {

/// What is compared of a route, and told.
struct Side::Facts {
  std::string identity;  // its name, or what it does where it was not given one: an index moves
  std::string pool;
  std::string origin;
  bool is_redirect = false;
  bool is_static = false;
  bool is_choosing = false;  // among pools, by what a line of the log tells
  std::uint16_t status = 0;
};

/// The routes as they can be matched by what a line tells: each without the conditions that it leaves open.
struct Side::Reading {
  route::Matcher hopeful;                     // every route, as if what is open held
  route::Matcher sure;                        // only those that leave nothing open
  std::vector<std::uint32_t> sure_routes;     // their indexes
  std::vector<std::uint32_t> open_routes;     // the others', ascending
  std::vector<route::Conditions> conditions;  // theirs, without what is open
  std::vector<Open> open;

  std::uint32_t first_sure(const route::MatchInput& input) const {
    const std::uint32_t found = sure.find(input);
    return found == route::kNoRoute ? found : sure_routes[found];
  }
};

Side::Side(std::shared_ptr<const config::Config> config, std::shared_ptr<const http::Site> site,
           const std::vector<std::string>& blocked, Atoms& atoms)
    : config_(std::move(config)), site_(std::move(site)), atoms_(atoms), desk_(site_->atlas, geo::Desk::kNoWorker) {
  for (std::uint32_t i = 0; i < config_->listeners.size(); ++i) listeners_.emplace(config_->listeners[i].name, i);
  for (std::uint32_t i = 0; i < config_->routes.size(); ++i) {
    const config::Route& route = config_->routes[i];
    Facts& facts = routes_.emplace_back();
    facts.origin = site_->routes[i].origin->describe();
    const bool has_name = route.name != fmt::format("routes[{}]", i);
    facts.identity = has_name ? route.name : config::match_text(route.match) + " -> " + facts.origin;
    if (const auto* pool = std::get_if<config::PoolOrigin>(&route.origin)) {
      facts.pool = pool->pool;
      const bool is_blocked = std::find(blocked.begin(), blocked.end(), pool->pool) != blocked.end();
      facts.status = is_blocked ? 503 : 0;
      // Another key of a hash sends nearly everybody to another backend.
      const auto settings = std::ranges::find(config_->pools, pool->pool, &config::Pool::name);
      const bool is_hashed = settings != config_->pools.end() && settings->balance == config::Balance::kHash;
      if (is_hashed) facts.origin += ", " + config::balance_text(*settings);
    } else if (!config::pools_of(route.origin).empty()) {
      // The log has no fields and no cookies: of a shard by those only its description can be compared.
      const auto* shard = std::get_if<config::ShardOrigin>(&route.origin);
      using By = config::request::Key::By;
      facts.is_choosing = shard == nullptr || (shard->key.by != By::kHeader && shard->key.by != By::kCookie);
      facts.pool = facts.origin;
    } else if (const auto* redirect = std::get_if<config::RedirectOrigin>(&route.origin)) {
      facts.is_redirect = true;
      facts.status = redirect->status;
    } else if (const auto* fixed = std::get_if<config::RespondOrigin>(&route.origin)) {
      facts.status = fixed->status;
    } else {
      facts.is_static = true;
    }
  }
}

Side::~Side() = default;

base::Result<Side::Reading*> Side::reading_of(const LogLine& line) {
  const Known known{!line.query_is_cut, !line.user_agent_is_cut, !line.referer_is_cut};
  std::unique_ptr<Reading>& place =
      readings_[(known.query ? 0 : 1) + (known.user_agent ? 0 : 2) + (known.referer ? 0 : 4)];
  if (place) return place.get();
  auto reading = std::make_unique<Reading>();
  std::vector<config::Route> hopeful = config_->routes;
  std::vector<config::Route> sure;
  for (std::uint32_t i = 0; i < hopeful.size(); ++i) {
    Open open;
    hopeful[i].match = without_unknown(hopeful[i].match, known, atoms_, open);
    if (open.empty()) {
      sure.push_back(hopeful[i]);
      reading->sure_routes.push_back(i);
      continue;
    }
    base::Result<route::Conditions> conditions = route::Conditions::compile(hopeful[i].match, config_->listeners);
    if (!conditions) return conditions.error();
    reading->open_routes.push_back(i);
    reading->conditions.push_back(std::move(*conditions));
    reading->open.push_back(std::move(open));
  }
  base::Result<route::Matcher> matcher = route::Matcher::compile(hopeful, config_->listeners);
  if (!matcher) return matcher.error();
  reading->hopeful = std::move(*matcher);
  if (!reading->open_routes.empty()) {
    base::Result<route::Matcher> rest = route::Matcher::compile(sure, config_->listeners);
    if (!rest) return rest.error();
    reading->sure = std::move(*rest);
  }
  place = std::move(reading);
  return place.get();
}

base::Result<void> Side::decide(const LogLine& line, std::string_view head, Decision& out) {
  out.clear();
  const auto listener = listeners_.find(line.listener);
  if (listener == listeners_.end()) {
    out.push_back({{}, {Outcome::Kind::kNoListener, route::kNoRoute, 0}});
    return {};
  }
  const config::Listener& settings = config_->listeners[listener->second];
  arena_.reset();
  request_.clear();
  wire::http1::Hop hop;
  wire::http1::Refusal refusal;
  std::size_t scanned = 0;
  const wire::http1::ParseState state = wire::http1::parse_request_head(
      head, {settings.limits.header_bytes, settings.limits.headers}, scanned, arena_, request_.head, hop, refusal);
  bool is_refused = state != wire::http1::ParseState::kDone;
  if (!is_refused) {
    const std::optional<wire::http1::Refusal> unserved = http::reception::refusal_of(request_.head, hop, settings);
    is_refused = unserved.has_value();
    if (unserved) refusal = *unserved;
  }
  if (is_refused) {
    out.push_back({{}, {Outcome::Kind::kRefused, route::kNoRoute, refusal.status}});
    return {};
  }
  request_.client = line.client;
  request_.where.ask_at(desk_.knows_anything() ? &desk_ : nullptr);
  request_.secure = line.scheme == "https";
  own_status_ = http::reception::own_answer_to(request_.head, arena_).status;
  base::Result<Reading*> reading = reading_of(line);
  if (!reading) return reading.error();
  const route::TlsClient shown{line.tls_client_subject, line.tls_client_fingerprint};
  const bool has_shown = !line.tls_client_fingerprint.empty();
  add_routes(**reading,
             {request_.head, request_.client, listener->second, has_shown ? &shown : nullptr, &request_.where}, out);
  return {};
}

void Side::add_routes(const Reading& reading, const route::MatchInput& input, Decision& out) {
  const std::uint32_t first = reading.hopeful.find(input);
  auto open = std::lower_bound(reading.open_routes.begin(), reading.open_routes.end(), first);
  if (open == reading.open_routes.end() || *open != first) {
    out.push_back({{}, outcome_of(first)});
    return;
  }
  const std::uint32_t sure = reading.first_sure(input);
  for (; open != reading.open_routes.end() && *open < sure; ++open) {
    const auto at = static_cast<std::size_t>(open - reading.open_routes.begin());
    if (reading.conditions[at].hold(input, ~0u)) out.push_back({reading.open[at], outcome_of(*open)});
  }
  out.push_back({{}, outcome_of(sure)});
}

Outcome Side::outcome_of(std::uint32_t route) {
  if (route == route::kNoRoute) return {Outcome::Kind::kNoRoute, route, 404};
  if (own_status_ != 0) return {Outcome::Kind::kOwn, route, own_status_};
  const Facts& facts = routes_[route];
  const bool is_unserved = facts.is_static && !origin::files::takes(request_.head.method);
  return {Outcome::Kind::kRoute, route, is_unserved ? std::uint16_t{405} : facts.status};
}

std::string_view Side::route_name(const Outcome& outcome) const {
  return outcome.route == route::kNoRoute ? std::string_view() : std::string_view(config_->routes[outcome.route].name);
}

std::string_view Side::identity_of(const Outcome& outcome) const {
  return outcome.route == route::kNoRoute ? std::string_view() : std::string_view(routes_[outcome.route].identity);
}

std::string_view Side::pool_of(const Outcome& outcome) {
  if (outcome.kind != Outcome::Kind::kRoute) return {};
  const Facts& facts = routes_[outcome.route];
  if (!facts.is_choosing) return facts.pool;
  return arena_.copy(site_->routes[outcome.route].origin->outlook(request_, arena_).pool);
}

/// A redirect is what the client is sent to, however that is written in the file.
std::string_view Side::origin_of(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kRoute:
      break;
    case Outcome::Kind::kNoListener:
      return "nobody";
    default:
      return "headgate";
  }
  if (!routes_[outcome.route].is_redirect) return routes_[outcome.route].origin;
  const origin::Outlook outlook = site_->routes[outcome.route].origin->outlook(request_, arena_);
  return arena_.concat({"redirect ", outlook.fields.value_of(wire::http::FieldId::kLocation)});
}

std::string Side::text_of(const Outcome& outcome) const {
  switch (outcome.kind) {
    case Outcome::Kind::kRoute: {
      const Facts& facts = routes_[outcome.route];
      const std::string text = fmt::format("{}: {}", route_name(outcome), facts.origin);
      const bool says_status = outcome.status != 0 && facts.origin != fmt::format("respond {}", outcome.status);
      return says_status ? fmt::format("{} ({})", text, outcome.status) : text;
    }
    case Outcome::Kind::kOwn:
      return fmt::format("{}: {} from headgate itself", route_name(outcome), outcome.status);
    case Outcome::Kind::kNoRoute:
      return "no route (404)";
    case Outcome::Kind::kRefused:
      return fmt::format("refused ({})", outcome.status);
    case Outcome::Kind::kNoListener:
      return "no such listener";
  }
  return "";
}

std::uint32_t Side::difference(Side& before, const Outcome& old_outcome, Side& after, const Outcome& new_outcome) {
  std::uint32_t out = 0;
  if (before.identity_of(old_outcome) != after.identity_of(new_outcome)) out |= bit(Aspect::kRoute);
  if (before.pool_of(old_outcome) != after.pool_of(new_outcome)) out |= bit(Aspect::kPool);
  if (old_outcome.status != new_outcome.status) out |= bit(Aspect::kStatus);
  if (before.origin_of(old_outcome) != after.origin_of(new_outcome)) out |= bit(Aspect::kOrigin);
  return out;
}

}  // namespace headgate::proxy::explain::replay
