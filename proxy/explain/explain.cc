#include "proxy/explain/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/arena.h"
#include "base/clock.h"
#include "config/load.h"
#include "proxy/balance/region/views.h"
#include "proxy/compression/answer_fields.h"
#include "proxy/explain/cache_part.h"
#include "proxy/explain/compression_part.h"
#include "proxy/explain/connection_part.h"
#include "proxy/explain/field_changes.h"
#include "proxy/explain/place/place_part.h"
#include "proxy/explain/route_part.h"
#include "proxy/explain/wish/hash_part.h"
#include "proxy/http/ending.h"
#include "proxy/http/reception/send_home.h"
#include "proxy/http/reception/steps.h"
#include "proxy/origin/pool_origin.h"
#include "proxy/origin/upstream_request.h"
#include "proxy/regions/claims.h"
#include "proxy/regions/regions_share.h"
#include "proxy/sticky/request_key.h"
#include "proxy/sticky/table/store.h"
#include "wire/http1/head_parser.h"

namespace headgate::proxy::explain {
namespace {

using wire::http::FieldId;

constexpr std::string_view kOfOneHop = "headgate: it is for one connection only";
constexpr std::string_view kForwarding = "headgate: how the request came";
constexpr std::string_view kFraming = "headgate: how the body is sent";
/// Stands for what an exchange makes up or learns later.
constexpr std::string_view kSomeId = "{request_id}";
constexpr std::string_view kSomeBackend = "{backend}";

/// Stands for a request's body, of which nothing is known but its framing.
class UnreadBody final : public message::BodySource {
 public:
  std::string_view take_ready() override { return {}; }
  bool at_end() const override { return false; }
  net::Task<base::Result<void>> wait() override { co_return base::Result<void>(); }
};

std::string join(const std::vector<base::IpNetwork>& networks) {
  std::string out;
  for (const base::IpNetwork& network : networks) out += (out.empty() ? "" : ", ") + network.text();
  return out;
}

/// One explanation in the making: the life of an Exchange, noted step by step.
class Explainer {
 public:
  Explainer(const Question& question, const Surroundings& surroundings)
      : question_(question),
        around_(surroundings),
        config_(surroundings.config),
        desk_(surroundings.site.atlas, geo::Desk::kNoWorker) {}

  base::Result<Explanation> run();

 private:
  bool is_accepted();
  void note_client();
  void note_place();
  bool is_sent_home();
  bool is_sent_on_to_tls();
  bool is_routed();
  bool is_admitted();
  void note_own_answer(const http::reception::OwnAnswer& own);
  void note_fields_on_their_way(bool trusted);
  void note_timeouts();
  void note_origin();
  void note_session();
  void note_answer_fields(const origin::Outlook& outlook);
  void note_compression(const origin::Outlook& outlook, wire::http::Fields& fields, FieldHistory& history);
  void answer_by_headgate(std::uint16_t status, std::string_view why);
  route::Variables variables(std::uint32_t uses);
  const config::Route& route() const { return config_.routes[out_.route->index]; }
  const http::RouteEntry& entry() const { return around_.site.routes[out_.route->index]; }

  const Question& question_;
  const Surroundings& around_;
  const config::Config& config_;
  Explanation out_;
  base::Arena arena_;
  std::string bytes_;
  listener::ListenerState listener_;
  message::Request request_;
  wire::http1::Hop hop_;
  UnreadBody body_;
  std::optional<FieldHistory> history_;
  wire::coding::Coding wanted_coding_ = wire::coding::Coding::kIdentity;
  geo::Desk desk_;
};

base::Result<Explanation> Explainer::run() {
  const base::Result<Target> target = target_of(question_.url);
  if (!target) return target.error();
  base::Result<std::string> bytes = head_bytes_of(question_, *target);
  if (!bytes) return bytes.error();
  bytes_ = std::move(*bytes);
  base::Result<ChosenListener> listener = choose_listener(question_, *target, config_, around_.binds);
  if (!listener) return listener.error();
  out_.configuration = config_.file;
  out_.live = around_.live;
  out_.at = base::rfc3339(around_.at);
  out_.asked = {question_.url, question_.method, question_.from.text(), target->note};
  out_.listener = std::move(listener->part);
  // Not an owner: the configuration outlives this.
  listener_.settings =
      std::shared_ptr<const config::Listener>(std::shared_ptr<void>(), &config_.listeners[listener->index]);
  listener_.index = listener->index;

  if (!is_accepted()) return std::move(out_);
  history_.emplace(request_.head.fields);
  http::reception::take_in(request_, hop_, &body_, hop_.framing == wire::http1::Framing::kNone);
  history_->step(request_.head.fields, kOfOneHop);
  note_client();
  const bool trusted = http::reception::note_sender(request_, question_.from, listener_);
  note_place();
  const std::string_view given = request_.head.fields.value_of(FieldId::kXRequestId);
  request_.id = http::request_id_of(request_.head.fields, trusted, 0, 0, arena_);
  if (given.empty() || request_.id != given) request_.id = kSomeId;

  if (is_sent_on_to_tls() || !is_routed()) return std::move(out_);
  const http::reception::OwnAnswer own = http::reception::own_answer_to(request_.head, arena_);
  history_->step(request_.head.fields, "headgate: one proxy fewer to go");
  if (own.status != 0) {
    note_own_answer(own);
    return std::move(out_);
  }
  if (!is_admitted() || is_sent_home()) return std::move(out_);
  if (entry().cache) {
    out_.cache = cache_part_of(*route().cache, *entry().cache, request_, request_.body != nullptr, around_.at, arena_);
  }
  note_fields_on_their_way(trusted);
  note_origin();
  note_timeouts();
  return std::move(out_);
}

bool Explainer::is_accepted() {
  const config::ListenerLimits& limits = listener_.settings->limits;
  RequestPart& part = out_.request;
  wire::http1::Refusal refusal;
  std::size_t scanned = 0;
  const wire::http1::ParseState state = wire::http1::parse_request_head(bytes_, {limits.header_bytes, limits.headers},
                                                                        scanned, arena_, request_.head, hop_, refusal);
  part.accepted = state == wire::http1::ParseState::kDone;
  part.head_bytes = bytes_.size();
  if (part.accepted) {
    if (const std::optional<wire::http1::Refusal> unserved =
            http::reception::refusal_of(request_.head, hop_, *listener_.settings)) {
      part.accepted = false;
      refusal = *unserved;
    }
  }
  if (!part.accepted) {
    part.status = refusal.status;
    part.reason = refusal.reason;
    answer_by_headgate(refusal.status, refusal.reason);
    return false;
  }
  const wire::http::RequestHead& head = request_.head;
  part.host = head.host;
  part.path = head.path;
  part.query = head.query;
  part.rewritten = bytes_.find(' ' + std::string(head.path)) != head.method_text.size();
  return true;
}

void Explainer::note_client() {
  const http::Provenance found = http::provenance_of(request_.head.fields, question_.from, listener_);
  const std::vector<base::IpNetwork>& trusted = listener_.settings->trusted_proxies;
  ClientPart& part = out_.client.emplace();
  part.peer = question_.from.text();
  part.address = found.client.text();
  part.peer_is_trusted = listener_.trusts(question_.from);
  part.secure = http::came_securely(request_.head.fields, part.peer_is_trusted, listener_.settings->tls.has_value());
  const std::string_view field = found.field == FieldId::kOther ? "X-Forwarded-For" : name_of(found.field);
  if (found.field == FieldId::kOther) {
    part.why = part.peer_is_trusted
                   ? "the peer: a trusted proxy, which says nothing of others (no X-Forwarded-For, no Forwarded)"
                   : "the peer of the connection";
  } else if (!part.peer_is_trusted) {
    part.why = fmt::format("the peer: its {} is not believed and replaced, since the listener {}", field,
                           trusted.empty() ? "trusts nobody (trusted_proxies)" : "trusts only " + join(trusted));
  } else if (found.believed == 0) {
    part.why = fmt::format("the peer: the last member of its {} is no address", field);
  } else {
    const bool all = found.believed == found.chain.size();
    part.why = fmt::format("the peer is a trusted proxy, so its {} is believed, from its end: {}", field,
                           all ? std::string("to its first address")
                               : fmt::format("to the {} that is no trusted proxy's; what stands before is hearsay",
                                             found.believed == 1 ? "last address" : "first address"));
  }
  if (listener_.settings->proxy_protocol) part.why += "; the peer is whom the PROXY header names";
}

void Explainer::note_place() {
  if (desk_.knows_anything()) request_.where.ask_at(&desk_);
  regions::Claim claim;
  if (around_.site.claims) {
    const auto now = static_cast<std::uint64_t>(around_.at.time_since_epoch() / std::chrono::seconds(1));
    claim = regions::Claims(around_.site.claims).judge(request_.head.fields, question_.from, now);
    history_->step(request_.head.fields, "geoip.override: its sender is not believed");
    if (claim.decision.region != geoip::kNoRegion) request_.where.claim(claim.decision);
  }
  out_.client->place = place::place_part_of(around_.site.atlas.get(), request_.client, claim.decision);
  if (out_.client->place) out_.client->place->claim = text_of(claim, config_.geo);
}

/// Which region serves the client on this route; and whether it is told to go there.
bool Explainer::is_sent_home() {
  if (!around_.site.serving) return false;
  const geoip::Regions& regions = around_.site.atlas->regions();
  const std::shared_ptr<const regions::ServingMap> map = around_.site.serving->map();
  place::PlacePart& part = *out_.client->place;
  const std::size_t pool = entry().home_pool;
  const std::string pool_name = pool < config_.pools.size() ? config_.pools[pool].name : "";
  place::note_serving(regions, *map, pool, pool_name, part);
  if (!entry().sends_home) return false;
  if (http::reception::stays_whatever(request_)) {
    part.home = "it is served here: who asks so follows no redirect";
    return false;
  }
  const regions::Homes::Answer home = http::reception::home_of(request_, *around_.site.homes, *map, pool);
  part.home = place::home_text(home, regions);
  if (home.host.empty()) return false;
  const std::string_view location = http::reception::place_at_home(request_, home.host, arena_);
  answer_by_headgate(307, fmt::format("send_home: {}", part.home));
  out_.answer.fields.push_back({"added", "Location", {}, {std::string(location)}, "send_home"});
  out_.answer.fields.push_back({"added", "Cache-Control", {}, {"no-store"}, "send_home"});
  return true;
}

bool Explainer::is_sent_on_to_tls() {
  const config::Listener& listener = *listener_.settings;
  if (listener.redirect_port == 0 || request_.head.host.empty()) return false;
  const std::string_view place = http::reception::https_place_of(request_, listener, arena_);
  if (place.empty()) return false;
  answer_by_headgate(308, fmt::format("the listener redirects to listener {}: {}", listener.redirect, place));
  return true;
}

bool Explainer::is_routed() {
  out_.route = route_part_of(config_, around_.site.matcher,
                             {request_.head, request_.client, listener_.index, nullptr, &request_.where});
  if (out_.route->found) return true;
  answer_by_headgate(404, http::facts_of(http::Ending::kNoRoute).sentence);
  return false;
}

void Explainer::note_own_answer(const http::reception::OwnAnswer& own) {
  answer_by_headgate(own.status, own.sentence);
  out_.answer.fields.push_back({"added", "Allow", {}, {std::string(http::reception::kOwnAllow)}, "headgate"});
}

bool Explainer::is_admitted() {
  const std::shared_ptr<route::RateLimiter>& limiter = entry().limiter;
  if (!limiter) return true;
  const wire::http::Fields& fields = request_.head.fields;
  const route::RateLimiter::Allowance found = limiter->allowance(limiter->key_of(request_.client, fields), around_.now);
  const config::RateLimit& settings = limiter->settings();
  RateLimitPart& part = out_.rate_limit.emplace();
  part.by = settings.by_header.empty() ? "client" : "header " + settings.by_header;
  part.key = limiter->key_text(request_.client, fields);
  part.per_second = settings.per_second;
  part.burst = settings.burst;
  part.left = found.left;
  part.allowed = found.verdict.allowed;
  part.is_new = !found.is_known;
  part.full_again_ms = static_cast<std::uint64_t>(found.full_again / std::chrono::milliseconds(1));
  if (part.allowed) return true;
  part.retry_after_seconds = route::retry_after_seconds(found.verdict.retry_after);
  answer_by_headgate(429, http::facts_of(http::Ending::kRateLimited).sentence);
  out_.answer.fields.push_back({"added", "Retry-After", {}, {std::to_string(part.retry_after_seconds)}, "headgate"});
  return false;
}

route::Variables Explainer::variables(std::uint32_t uses) {
  return http::reception::variables_of(request_, entry().name, listener_.settings->name, kSomeBackend, uses, arena_);
}

void Explainer::note_fields_on_their_way(bool trusted) {
  wire::http::Fields& fields = request_.head.fields;
  http::add_forwarding_fields(request_, question_.from, trusted, "HTTP/1.1", arena_);
  history_->step(fields, kForwarding);
  if (entry().compression) wanted_coding_ = entry().compression->rules.coding_for(fields);
  const route::CompiledFieldRules& rules = entry().request_rules;
  if (rules.empty()) return;
  rules.apply(fields, variables(rules.uses()), arena_);
  http::reception::settle_authority(request_);
  const config::FieldRules& written = route().request_fields;
  history_->step(fields, [&written](const std::string& name) { return rule_of(written, "request", name); });
}

void Explainer::note_origin() {
  const origin::Outlook outlook = entry().origin->outlook(request_, arena_);
  OriginPart& part = out_.origin.emplace();
  part.text = entry().origin->describe();
  part.kind = part.text.substr(0, part.text.find(' '));
  part.file = outlook.file;
  part.pool = outlook.pool;
  part.otherwise = outlook.otherwise;
  part.mirror = outlook.mirror;
  note_session();
  if (!outlook.pool.empty()) {
    part.why = outlook.why;
    // What is written is what the backend gets: the head is made and read again.
    net::BufferPool buffers;
    net::Buffer buffer = buffers.borrow(net::BufferPool::kMedium);
    const std::string head(origin::write_upstream_head(request_, "{backend}", buffers, buffer));
    wire::http::RequestHead sent;
    wire::http1::Hop hop;
    wire::http1::Refusal refusal;
    std::size_t scanned = 0;
    const wire::http1::ParseState state =
        wire::http1::parse_request_head(head, {head.size(), 10 * 1000}, scanned, arena_, sent, hop, refusal);
    if (state == wire::http1::ParseState::kDone) history_->step(sent.fields, kFraming);
    out_.fields = history_->changes();
  }
  for (const config::Pool& pool : config_.pools) {
    if (pool.name == part.pool || pool.name == part.otherwise) wish::note_key(pool, request_, out_);
  }
  note_answer_fields(outlook);
  out_.answer.status = outlook.status;
  out_.answer.by = part.text;
  if (outlook.pool.empty()) out_.answer.why = outlook.why;
  out_.answer.body_bytes = outlook.body_bytes;
}

/// Takes headgate's own cookie out of the request, as the origin does.
void Explainer::note_session() {
  const config::Pool* const pool = pool_of(out_, config_);
  if (pool == nullptr) return;
  const auto now = static_cast<std::uint32_t>(around_.at.time_since_epoch() / std::chrono::seconds(1));
  if (const auto* const table = std::get_if<config::StickyTable>(&pool->sticky)) {
    const std::optional<sticky::table::Key> key = sticky::request_key_of(*table, request_.head, request_.client);
    const std::shared_ptr<sticky::table::Store> store = around_.sessions ? around_.sessions(pool->name) : nullptr;
    out_.session.has_key = key.has_value();
    out_.session.can_be_read = store != nullptr || !key;
    if (key && store != nullptr) out_.session.entry = store->sessions().look(*key, now);
  }
  const auto* const cookie = std::get_if<config::StickyCookie>(&pool->sticky);
  if (cookie == nullptr) return;
  const bool has_keys = around_.keys != nullptr;
  const auto some_keys = std::make_shared<sticky::Keyring>(config::StickyKeys{sticky::make_key()});
  sticky::Cookies cookies(*cookie, pool->name, has_keys ? around_.keys : some_keys);
  out_.session.shown = cookies.take(request_.head.fields, arena_, now);
  out_.session.can_be_read = has_keys || out_.session.shown.kind == sticky::Shown::Kind::kNone;
  history_->step(request_.head.fields, "headgate: its own cookie is not for the backend");
}

void Explainer::note_answer_fields(const origin::Outlook& outlook) {
  const config::FieldRules& written = route().response_fields;
  const route::CompiledFieldRules& rules = entry().response_rules;
  wire::http::Fields fields;
  FieldHistory history(fields);
  for (const wire::http::Field& field : outlook.fields) fields.add(field.name, field.value, field.id);
  history.step(fields, out_.origin->text);
  rules.apply(fields, variables(rules.uses()), arena_);
  history.step(fields, [&written](const std::string& name) { return rule_of(written, "response", name); });
  if (entry().compression) note_compression(outlook, fields, history);
  out_.answer.fields = history.changes();
  if (outlook.status != 0) return;
  // Of a backend's answer it is not known which fields it has: what a rule sets is set whatever was there.
  for (FieldChange& each : out_.answer.fields) {
    if (each.by.ends_with(".set") || each.by.ends_with(".set and add")) each.change = "set";
  }
  for (const std::string& name : written.remove) {
    out_.answer.fields.push_back({"removed", name, {}, {}, "headers.response.remove"});
  }
}

void Explainer::note_compression(const origin::Outlook& outlook, wire::http::Fields& fields, FieldHistory& history) {
  const config::Compression& settings = *route().compression;
  if (outlook.status == 0) {
    out_.compression = compression_part_of(settings, wanted_coding_);
    return;
  }
  if (wire::http::is_bodiless(outlook.status)) return;
  wire::http::ResponseHead head;
  head.status = outlook.status;
  head.fields = fields;
  const compression::Judgement judgement =
      entry().compression->rules.judge(wanted_coding_, request_.head, head, outlook.body_bytes);
  if (judgement.varies) compression::add_vary(fields, arena_);
  if (judgement.skip == compression::Skip::kNone) compression::mark_encoded(fields, wanted_coding_, arena_);
  history.step(fields, "compress");
  out_.compression = compression_part_of(settings, wanted_coding_, judgement, outlook.body_bytes);
}

void Explainer::note_timeouts() {
  constexpr auto kMs = std::chrono::milliseconds(1);
  TimeoutsPart& part = out_.timeouts.emplace();
  const config::RouteTimeouts& timeouts = entry().timeouts;
  part.response_ms = timeouts.response / kMs;
  part.total_ms = timeouts.total / kMs;
  part.body_ms = listener_.settings->timeouts.body / kMs;
  if (const config::Pool* pool = pool_of(out_, config_)) {
    part.connect_ms = origin::connect_timeout_of(timeouts, *pool) / kMs;
    part.connect_from = timeouts.connect ? "the route" : "the pool";
  }
}

void Explainer::answer_by_headgate(std::uint16_t status, std::string_view why) {
  out_.answer.status = status;
  out_.answer.by = "headgate";
  out_.answer.why = why;
}

}  // namespace

base::Result<Explanation> explain(const Question& question, const Surroundings& surroundings) {
  if (question.is_connection()) {
    Explanation out;
    out.configuration = surroundings.config.file;
    out.live = surroundings.live;
    out.at = base::rfc3339(surroundings.at);
    out.asked = {question.url, {}, question.from.text(), {}};
    const base::Result<void> explained = explain_connection(question, surroundings, out);
    if (!explained) return explained.error();
    return out;
  }
  return Explainer(question, surroundings).run();
}

const config::Pool* pool_of(const Explanation& explanation, const config::Config& config) {
  if (explanation.connection) {
    const auto named = std::ranges::find(config.pools, explanation.connection->pool, &config::Pool::name);
    return named == config.pools.end() ? nullptr : &*named;
  }
  if (!explanation.origin || explanation.origin->pool.empty()) return nullptr;
  const auto named = std::ranges::find(config.pools, explanation.origin->pool, &config::Pool::name);
  return named == config.pools.end() ? nullptr : &*named;
}

balance::Wish wish_of(const Explanation& explanation, const config::Pool& pool) {
  const auto noted = std::ranges::find(explanation.wishes, pool.name, &wish::PoolWish::pool);
  balance::Wish wish = noted == explanation.wishes.end() ? balance::Wish() : noted->wish;
  wish.stay = explanation.session.backend();
  if (explanation.client && explanation.client->place) {
    wish.region = balance::region::key_of(explanation.client->place->region);
  } else if (explanation.connection && explanation.connection->place) {
    wish.region = balance::region::key_of(explanation.connection->place->region);
  }
  return wish;
}

bool complete(Explanation& explanation, const config::Pool& pool, const PoolView& view) {
  explanation.pool = pool_part_of(pool, view, wire::http::method_from(explanation.asked.method), explanation.session);
  explanation.answer = answer_of(*explanation.pool, std::move(explanation.answer));
  if (explanation.connection) settle_connection(explanation);
  wish::settle_key(explanation, view);
  const bool may_be_chosen = explanation.pool->candidates > 0 || view.forecasts.empty();
  if (!explanation.origin || explanation.origin->otherwise.empty() || may_be_chosen) return false;
  OriginPart& origin = *explanation.origin;
  origin.why =
      fmt::format("no backend of pool {} may be chosen; pool {} serves in its place", origin.pool, origin.otherwise);
  origin.pool = std::exchange(origin.otherwise, {});
  explanation.session = {};  // that was the other pool's
  explanation.answer.status = 0;
  return true;
}

}  // namespace headgate::proxy::explain
