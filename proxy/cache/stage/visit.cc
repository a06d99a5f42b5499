#include "proxy/cache/stage/visit.h"

#include <utility>

#include "base/short_copy.h"
#include "proxy/cache/disk/tier.h"
#include "proxy/cache/rules/validation.h"
#include "proxy/cache/stage/answer.h"
#include "proxy/cache/stage/led_body.h"
#include "proxy/cache/stage/placing.h"
#include "proxy/cache/stage/purging.h"

namespace headgate::proxy::cache::stage {
namespace {

using wire::http::FieldId;
using wire::http::Fields;
using wire::http::Method;

constexpr std::string_view kPurgeMethod = "PURGE";

constexpr std::string_view kAge = "Age: ";
constexpr std::string_view kCacheStatus = "Cache-Status: ";
constexpr std::string_view kEnd = "\r\n";

std::string_view decimal(std::uint64_t value, base::Arena& arena) {
  constexpr std::size_t kDigitsMax = 20;
  char* const out = arena.take(kDigitsMax);
  return {out, static_cast<std::size_t>(base::put_decimal(out, value) - out)};
}

/// RFC 9111 sections 4.2.4 and 5.2.2.2: without its origin such an answer is a 504.
bool must_be_revalidated(const rules::Meta& meta) {
  return meta.has(rules::Meta::kMustRevalidate) || meta.has(rules::Meta::kNoCache);
}

}  // namespace

Visit::Visit(const Surroundings& around, const message::Request& request, Heads heads, message::Record& record,
             base::Arena& arena)
    : around_(around),
      request_(request),
      heads_(heads),
      record_(record),
      arena_(arena),
      asking_(rules::judge_request(request.head, request.body != nullptr)) {
  if (request.wants_upgrade) asking_ = {false, false, rules::Reason::kUpgrade};
}

bool Visit::try_answer(message::Response& response) {
  if (!around_.cache.purge.empty() && request_.head.method_text == kPurgeMethod) [[unlikely]]
    return answer_purge(response);
  if (asking_.looks_up) [[likely]] {
    if (!look()) return false;
    around_.cache.store->hottest(around_.worker).note(place_.primary_hash, place_.primary, record_.start);
    reuse_ = place_.entry ? rules::judge_reuse(request_.head, place_.entry.record().meta(), record_.arrived,
                                               around_.cache.policy, place_.is_purged_softly)
                          : rules::judge_absence(request_.head, around_.cache.policy);
    switch (reuse_.verdict) {
      case rules::Verdict::kFresh:
        if (give_stored(response, Outcome::kHit)) return true;
        status_.forwarded = rules::Forwarded::kPartial;
        break;
      case rules::Verdict::kStale:
        if (give_stored(response, Outcome::kStale)) return true;
        status_.forwarded = rules::Forwarded::kPartial;
        break;
      case rules::Verdict::kOnlyIfCached:
        answer_only_if_cached(response);
        return true;
      default:
        status_.forwarded = rules::forwarded_for(reuse_);
        if (!place_.entry && !place_.marker.empty()) status_.forwarded = rules::Forwarded::kVaryMiss;
    }
  }
  asked_ = request_.head;
  return false;
}

/// False: it is not in memory, but may be on the disk.
bool Visit::look() {
  is_for_disk_ = false;
  look_up(around_.cache, request_.head, request_.secure, around_.worker, arena_, place_);
  disk::Tier* const disk = around_.cache.store->disk();
  if (place_.entry || disk == nullptr) [[likely]]
    return true;
  if (large() != nullptr && large()->entry && large()->hash == place_.hash) {
    const purge::Verdict verdict = large()->entry.judge(around_.cache.store->book());
    if (verdict == purge::Verdict::kGone) return true;
    place_.entry = large()->entry.again();
    place_.is_purged_softly = verdict == purge::Verdict::kStale;
    return true;
  }
  is_for_disk_ = (at_disk_ == nullptr || at_disk_->looks < kLooksMax) && disk->may_have(place_.hash);
  return !is_for_disk_;
}

net::Task<bool> Visit::answer_from_disk(message::Response& response) {
  Store& store = *around_.cache.store;
  record_.phase = message::Phase::kDisk;
  if (at_disk_ != nullptr && at_disk_->purge) {
    const bool is_kept = co_await tier::purge_and_wait(store, *at_disk_->purge, around_.worker, around_.loop);
    say_purged(is_kept ? "200 OK\npurged\n" : "200 OK\npurged, but the disk does not know: a restart may undo it\n",
               response);
    co_return true;
  }
  at_disk_ = std::make_unique<AtDisk>();
  while (is_for_disk_) {
    ++at_disk_->looks;
    tier::Look look{store, around_.worker, around_.loop, place_.hash, std::string(place_.key)};
    const bool is_there = co_await tier::look_on_disk(std::move(look), at_disk_->large);
    if (!is_there) at_disk_->looks = kLooksMax;
    at_disk_->came_from_it = is_there;
    if (try_answer(response)) co_return true;
  }
  co_return false;
}

/// False: what the request wants of it is not stored.
bool Visit::give_stored(message::Response& response, Outcome outcome) {
  const Giver giver{*around_.cache.store,      around_.worker, around_.loop, arena_, record_.arrived,
                    around_.timeouts.response, large()};
  if (!give(giver, request_.head, place_.entry, Parts::kAsAsked, heads_, response)) return false;
  status_.hit = true;
  status_.ttl = reuse_.ttl;
  note_.age = reuse_.age.count();
  tells_age_ = true;
  around_.counters().ages.record(note_.age);
  const bool is_from_disk = at_disk_ != nullptr && at_disk_->came_from_it;
  tier_ = is_from_disk ? Tier::kDisk : Tier::kMemory;
  is_settled_ = true;
  is_plain_hit_ = outcome == Outcome::kHit && !is_from_disk && reuse_.reason == rules::Reason::kFresh &&
                  status_.forwarded == rules::Forwarded::kNo && !status_.collapsed && reuse_.ttl.count() >= 0;
  note(outcome, is_from_disk && outcome == Outcome::kHit ? rules::Reason::kFreshFromDisk : reuse_.reason);
  return true;
}

void Visit::answer_only_if_cached(message::Response& response) {
  response.clear();
  response.head.status = 504;
  response.head.fields.add(FieldId::kContentType, "text/plain; charset=utf-8");
  response.text = "504 Gateway Timeout\nthe request wants nothing that is not in the cache\n";
  is_settled_ = true;
  note(Outcome::kOnlyIfCached, rules::Reason::kOnlyIfCached);
}

bool Visit::answer_purge(message::Response& response) {
  if (!may_purge(around_.cache, request_.client)) {
    say_purged("403 Forbidden\nthis address may not purge\n", response);
    response.head.status = 403;
    return true;
  }
  const purge::Purge purge = purge_of(around_.cache, request_.head, request_.secure, arena_);
  if (around_.cache.store->disk() != nullptr) {
    at_disk_ = std::make_unique<AtDisk>();
    at_disk_->purge = purge;
    is_for_disk_ = true;
    return false;
  }
  around_.cache.store->purge(purge);
  say_purged("200 OK\npurged\n", response);
  return true;
}

void Visit::say_purged(std::string_view text, message::Response& response) {
  response.clear();
  response.head.status = 200;
  response.head.fields.add(FieldId::kContentType, "text/plain; charset=utf-8");
  response.text = text;
  is_settled_ = true;
  note(Outcome::kPurge, rules::Reason::kMethod);
}

net::Task<base::Result<void>> Visit::respond(origin::Call& call, message::Response& response) {
  tier_ = Tier::kOrigin;
  if (asking_.looks_up && reuse_.verdict == rules::Verdict::kStaleWhileRevalidate &&
      give_stored(response, Outcome::kStale)) {
    revalidate_beside(call);
    co_return base::Result<void>();
  }
  if (!asking_.looks_up || request_.head.method == Method::kHead) co_return co_await forward(call, response);
  co_return co_await fetch(call, response);
}

/// To the origin and back as any other request.
net::Task<base::Result<void>> Visit::forward(origin::Call& call, message::Response& response) {
  if (!asking_.looks_up) status_.forwarded = rules::forwarded_for(asking_.reason);
  const base::Result<void> answered = co_await around_.origin.respond(call, response);
  if (!answered) {
    note(Outcome::kFailed, asking_.looks_up ? reuse_.reason : asking_.reason);
    co_return answered;
  }
  after_head(response);
  note(Outcome::kPass, asking_.reason);
  co_return answered;
}

/// What an answer to another request than GET says of what is stored.
void Visit::after_head(const message::Response& response) {
  if (!asking_.looks_up) {
    return invalidate(around_.cache, asked_, request_.secure, response.head, around_.worker, arena_);
  }
  // Where answers are stored compressed, what the origin says of length and tag is about other bytes.
  if (asked_.method != Method::kHead || !place_.entry || around_.compression != nullptr) return;
  wire::http::ResponseHead merged;
  const entry::Record record = place_.entry.record();
  record.add_fields_to(merged.fields);
  merged.status = record.status();
  const std::uint64_t bytes = place_.entry.body().total_bytes();
  if (bytes != memory::Body::kUnknown) merged.fields.add(FieldId::kContentLength, decimal(bytes, arena_));
  const rules::HeadEffect effect =
      record.status() == 200 ? rules::effect_of_head(merged.fields, response.head) : rules::HeadEffect::kNone;
  if (effect == rules::HeadEffect::kInvalidates) around_.cache.store->remove(place_.entry);
  if (effect != rules::HeadEffect::kFreshens) return;
  rules::freshen(merged.fields, response.head.fields, around_.cache.policy);
  wire::http::RequestHead as_get = asked_;
  as_get.method = Method::kGet;
  const rules::Fetched fetched{as_get, merged, record_.arrived, base::wall_now(), false, request_.secure};
  const rules::Storing storing = rules::judge_storing(fetched, around_.cache.policy);
  if (!storing.store) return;
  refresh_entry(
      {around_.cache, place_.primary, place_.marker, fetched, storing, record.sequence(), around_.worker, arena_},
      place_.entry);
}

base::LocalPtr<Fetch> Visit::begin_fetch(origin::Call& call, std::shared_ptr<flight::Flight> flight,
                                         bool can_be_joined) {
  Fetch::Order order{asked_, call.request, place_, place_.entry.again(), call.client.ends(), can_be_joined};
  base::LocalPtr<Fetch> fetch(new Fetch(around_, std::move(order), std::move(flight)));
  around_.fetches.spawn(Fetch::serve(fetch));
  return fetch;
}

void Visit::revalidate_beside(origin::Call& call) {
  flight::Table::Joined joined = around_.cache.store->flights().join(place_.hash, around_.worker);
  if (!joined.leads) return;
  around_.counters().background.add();
  begin_fetch(call, std::move(joined.flight), true);
}

/// Until the fetch's answer has begun, or the exchange's time is over: then it is kAsking still. What the origin says
/// before its answer goes to the client if the fetch is its own.
net::Task<flight::State> Visit::wait_for(std::shared_ptr<flight::Flight> flight, Fetch* led, origin::Call& call) {
  flight::Wait wait(flight, around_.worker, around_.loop);
  record_.phase = message::Phase::kBackend;
  call.client.cancel_when_gone(true);
  while (true) {
    wait.arm();
    const wire::http::ResponseHead* const interim = led == nullptr ? nullptr : led->take_interim();
    if (interim != nullptr) {
      const base::Result<void> sent = co_await call.client.send_interim(*interim);
      if (!sent) led = nullptr;  // what the client is missing shows when it is to get its answer
      continue;
    }
    if (flight->state() != flight::State::kAsking) break;
    const bool woken = co_await wait.gate().wait(call.deadline);
    if (!woken) break;
  }
  call.client.cancel_when_gone(false);
  co_return flight->state();
}

/// The answer of a fetch: this request's own, or one that another request has begun.
net::Task<base::Result<void>> Visit::fetch(origin::Call& call, message::Response& response) {
  Store& store = *around_.cache.store;
  bool is_apart = asked_.fields.has(FieldId::kRange);
  for (int failures = 0;;) {
    is_apart = is_apart || store.passes().has(place_.hash, around_.loop.now());
    flight::Table::Joined joined{nullptr, true};
    if (!is_apart) joined = store.flights().join(place_.hash, around_.worker);
    if (is_apart) joined.flight = store.flights().alone(around_.worker);
    if (joined.leads && !is_apart) {
      // Between the look and the joining an earlier fetch may have come to its end.
      const key::Hash asked_for = place_.hash;
      const bool is_there = join_stored(response);
      if (is_there || !(place_.hash == asked_for)) {
        store.flights().leave(asked_for, *joined.flight);
        joined.flight->become(flight::State::kStored);
        if (is_there) co_return base::Result<void>();
        is_apart = ++failures > kRestartsMax;
        continue;
      }
    }
    if (joined.leads) fetch_ = begin_fetch(call, joined.flight, !is_apart);
    Fetch* const led = joined.leads ? fetch_.get() : nullptr;
    const flight::State state = co_await wait_for(joined.flight, led, call);
    if (state == flight::State::kAsking) {
      note(Outcome::kFailed, reuse_.reason);
      co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream, "the answer did not begin in time"};
    }
    if (joined.leads) co_return take_answer(*fetch_, response);
    status_.collapsed = true;
    if (state == flight::State::kFailed) {
      if (stand_in(response)) co_return base::Result<void>();
      if (++failures > kRestartsMax) {
        note(Outcome::kFailed, reuse_.reason);
        co_return base::Error{base::ErrorKind::kReset, base::Fault::kUpstream,
                              "the fetches that this request waited for came to nothing"};
      }
    }
    if (state == flight::State::kPassed) is_apart = true;  // what is for one request alone is asked for by each
    if (state == flight::State::kStored) {
      const key::Hash before = place_.hash;
      if (join_stored(response)) co_return base::Result<void>();
      // Another variant is one more thing to wait for, and so is what a purge took away; what may not be reused is not.
      const bool may_not_be_reused = place_.entry && place_.hash == before;
      is_apart = may_not_be_reused || ++failures > kRestartsMax;
    }
  }
}

/// Looks again after a fetch that this request waited for: its answer is this one's too, if it may be reused and is of
/// this variant.
bool Visit::join_stored(message::Response& response) {
  look_up(around_.cache, asked_, request_.secure, around_.worker, arena_, place_);
  if (!place_.entry) return false;
  const base::WallTime now = base::wall_now();
  const rules::Reuse reuse =
      rules::judge_reuse(asked_, place_.entry.record().meta(), now, around_.cache.policy, place_.is_purged_softly);
  const bool may_be_given = reuse.verdict == rules::Verdict::kFresh || reuse.verdict == rules::Verdict::kStale ||
                            reuse.verdict == rules::Verdict::kStaleWhileRevalidate;
  if (!may_be_given) return false;
  reuse_ = reuse;
  if (!give_fetched(place_.entry, Parts::kAsAsked, Outcome::kCollapsed, response)) return false;
  status_.collapsed = true;
  return true;
}

/// For one whose fetch failed that it waited for.
bool Visit::stand_in(message::Response& response) {
  if (!place_.entry) return false;
  const rules::Reuse reuse = rules::judge_stale_on_error(asked_, place_.entry.record().meta(), base::wall_now(),
                                                         around_.cache.policy, rules::Failure::kUnreachable);
  if (reuse.verdict != rules::Verdict::kStale && reuse.verdict != rules::Verdict::kFresh) return false;
  reuse_ = reuse;
  status_.forwarded = rules::Forwarded::kNo;
  return give_stored(response, Outcome::kStale);
}

/// What a fetch has put into the store.
bool Visit::give_fetched(const memory::Reference& entry, Parts parts, Outcome outcome, message::Response& response) {
  given_ = entry.again();
  const base::WallTime now = base::wall_now();
  const Giver giver{*around_.cache.store,      around_.worker, around_.loop, arena_, now,
                    around_.timeouts.response, large()};
  if (!give(giver, asked_, given_, parts, heads_, response)) return false;
  const rules::Meta& meta = given_.record().meta();
  note_.age = meta.age(now).count();
  tells_age_ = note_.age > 0;
  status_.ttl = meta.ttl(now);
  status_.stored = outcome != Outcome::kCollapsed;
  is_settled_ = true;
  note(outcome, reuse_.reason);
  return true;
}

base::Result<void> Visit::take_answer(Fetch& fetch, message::Response& response) {
  note_backend(fetch.record());
  is_settled_ = true;
  switch (fetch.result()) {
    case Fetch::Result::kStored:
      if (!give_fetched(fetch.entry(), Parts::kAsAsked, Outcome::kMiss, response)) {
        give_fetched(fetch.entry(), Parts::kAsStored, Outcome::kMiss, response);
      }
      add_trailers(fetch, response);
      return {};
    case Fetch::Result::kRevalidated:
      status_.forward_status = 304;
      give_fetched(fetch.entry(), Parts::kAsAsked, Outcome::kRevalidated, response);
      return {};
    case Fetch::Result::kStandIn:
      reuse_ = fetch.reuse();
      place_.entry = fetch.entry().again();
      give_stored(response, Outcome::kStale);
      status_.hit = false;
      return {};
    case Fetch::Result::kPassed:
      take_passed(fetch, response);
      return {};
    default:
      break;
  }
  note(Outcome::kFailed, reuse_.reason);
  if (place_.entry && must_be_revalidated(place_.entry.record().meta())) {
    return base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream,
                       "what is stored must be revalidated first, and was not: " + fetch.error().message};
  }
  return fetch.error();
}

/// Of a fetch for this client, what comes after the body, where all of the body goes out.
void Visit::add_trailers(Fetch& fetch, message::Response& response) {
  const bool is_over = response.body == nullptr && fetch.trailers() == nullptr;
  if (is_over || response.head.status != fetch.entry().record().status()) return;
  response.body = std::make_unique<LedBody>(fetch_, std::exchange(response.text, {}), std::move(response.body));
  if (fetch.trailers() == nullptr) return;
  // It is all there already, and HTTP/1 has a place for trailers only after a body whose length it does not tell.
  const std::uint64_t stated = fetch.entry().body().expected_bytes();
  response.body_length = stated == memory::Body::kUnknown ? std::nullopt : std::optional(stated);
}

/// The response with all that its fields and its body refer to, which is the fetch.
void Visit::take_passed(Fetch& fetch, message::Response& response) {
  message::Response& from = fetch.response();
  response.head.status = from.head.status;
  response.head.reason = from.head.reason;
  for (const wire::http::Field& field : from.head.fields) response.head.fields.add(field.name, field.value, field.id);
  response.sticky_cookie = from.sticky_cookie;
  response.text = from.text;
  response.body = std::move(from.body);
  response.body_length = from.body_length;
  response.stated_length = from.stated_length;
  status_.forward_status = response.head.status;
  note(Outcome::kPass, fetch.reason());
}

void Visit::note_backend(const message::Record& fetched) {
  record_.pool = arena_.copy(fetched.pool);
  record_.backend = arena_.copy(fetched.backend);
  record_.backend_address = arena_.copy(fetched.backend_address);
  record_.backend_chosen = fetched.backend_chosen;
  record_.connected = fetched.connected;
  record_.response_head = fetched.response_head;
  record_.retries = fetched.retries;
  record_.connection_reused = fetched.connection_reused;
  record_.coding = fetched.coding;
}

void Visit::note(Outcome outcome, rules::Reason reason) {
  note_.verdict = word_of(outcome);
  note_.reason = rules::word_of(reason);
  record_.cache = &note_;
  around_.counters().of(outcome).add();
}

void Visit::sign(message::Response& response) {
  if (is_plain_hit_ && !response.written_head.empty()) [[likely]] {
    char* const lines = arena_.take(rules::kFreshHitBytes);
    char* const lines_end = rules::write_fresh_hit(std::chrono::seconds(note_.age), *status_.ttl, lines);
    arena_.give_back(lines_end, lines + rules::kFreshHitBytes);
    response.written_fields = {lines, static_cast<std::size_t>(lines_end - lines)};
    return;
  }
  constexpr std::size_t kDigitsMax = 20;
  constexpr std::size_t kBytesMax =
      kAge.size() + kDigitsMax + kCacheStatus.size() + rules::kCacheStatusBytes + 2 * kEnd.size();
  char* const begin = arena_.take(kBytesMax);
  char* next = begin;
  if (tells_age_) {
    next = base::put_decimal(base::put_short(next, kAge), static_cast<std::uint64_t>(note_.age));
    next = base::put_short(next, kEnd);
  }
  char* const status = next;
  next = base::put_short(next, kCacheStatus);
  status_.detail = note_.reason;
  next += rules::write_cache_status(status_, {next, rules::kCacheStatusBytes}).size();
  next = base::put_short(next, kEnd);
  arena_.give_back(next, begin + kBytesMax);
  if (!response.written_head.empty()) {
    response.written_fields = {begin, static_cast<std::size_t>(next - begin)};
    return;
  }
  const auto add = [&response](std::string_view name, const char* line, const char* line_end, FieldId id) {
    const char* const value = line + name.size();
    response.head.fields.add({line, name.size() - 2}, {value, static_cast<std::size_t>(line_end - value) - kEnd.size()},
                             id);
  };
  if (tells_age_) add(kAge, begin, status, FieldId::kAge);
  add(kCacheStatus, status, next, FieldId::kOther);
}

void Visit::note_end(std::uint64_t body_bytes) {
  if (!tier_) return;
  Counters& counters = around_.counters();
  counters.durations[static_cast<std::size_t>(*tier_)].record(record_.end - record_.start);
  if (*tier_ != Tier::kOrigin) counters.stored_bytes.add(body_bytes);
}

}  // namespace headgate::proxy::cache::stage
