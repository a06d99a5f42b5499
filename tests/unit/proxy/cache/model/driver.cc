#include "tests/unit/proxy/cache/model/driver.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "proxy/cache/rules/validation.h"
#include "proxy/cache/stage/purging.h"
#include "wire/http/date.h"

namespace headgate::proxy::cache::model {
namespace {

using wire::http::FieldId;
using wire::http::RequestHead;
using wire::http::ResponseHead;

std::string date_text(std::int64_t seconds) {
  std::string out(wire::http::kDateBytes, ' ');
  wire::http::write_date(seconds, out.data());
  return out;
}

int number_in(std::string_view text) {
  int out = -1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string etag_of(const Page& page) {
  return (page.is_weak ? "W/\"c" : "\"c") + std::to_string(page.content) + "\"";
}

/// What a request to the origin names, read from its fields.
Condition condition_in(const wire::http::Fields& fields) {
  Condition out;
  const std::string_view etag = fields.value_of(FieldId::kIfNoneMatch);
  if (!etag.empty()) out.etag = number_in(etag.substr(etag.find('c') + 1));
  const std::string_view date = fields.value_of(FieldId::kIfModifiedSince);
  if (!date.empty()) {
    out.last_modified = static_cast<int>((kStart - 1000 - wire::http::parse_date(date, kStart).value_or(0)) / 50);
  }
  return out;
}

}  // namespace

Driver::Driver(const Settings& settings, std::uint64_t seed) : random_(seed) {
  config::CacheStore store;
  store.name = "model";
  store.memory = 1 << 20;
  cache_.store = *stage::Store::open(store, 1, seed, [](std::size_t, const std::function<void()>& mail) { mail(); });
  cache_.counters = std::make_shared<base::PerWorker<stage::Counters>>(1);
  cache_.tags_from = {"Surrogate-Key"};
  cache_.policy.stale_if_unreachable = std::chrono::seconds(settings.if_unreachable);
  if (settings.ttl) cache_.policy.ttl = std::chrono::seconds(*settings.ttl);
  if (settings.max_ttl) cache_.policy.max_ttl = std::chrono::seconds(*settings.max_ttl);
  if (settings.negative) {
    cache_.policy.negative = {{404, 404, std::chrono::seconds(*settings.negative)},
                              {503, 503, std::chrono::seconds(*settings.negative)}};
  }
}

/// The same directives, in any order and case, with other white space.
std::string Driver::spelled(std::vector<std::string> directives) {
  for (std::size_t i = directives.size(); i > 1; --i) {
    std::swap(directives[i - 1], directives[random_.below(static_cast<std::uint32_t>(i))]);
  }
  std::string out;
  for (std::string& each : directives) {
    if (!out.empty()) out += random_.below(2) == 0 ? "," : " , ";
    out += each;
  }
  return out;
}

std::string Driver::written(const Control& control) {
  std::vector<std::string> all;
  const auto add = [&](bool says, const char* name) {
    if (says) all.emplace_back(name);
  };
  const auto add_seconds = [&](const std::optional<int>& seconds, const char* name) {
    if (seconds) all.push_back(std::string(name) + "=" + std::to_string(*seconds));
  };
  add(control.no_store, "no-store");
  add(control.no_cache, "no-cache");
  add(control.is_private, "private");
  add(control.is_public, "public");
  add(control.must_revalidate, "must-revalidate");
  add(control.proxy_revalidate, "proxy-revalidate");
  add_seconds(control.max_age, "max-age");
  add_seconds(control.s_maxage, "s-maxage");
  add_seconds(control.while_revalidate, "stale-while-revalidate");
  add_seconds(control.if_error, "stale-if-error");
  return spelled(std::move(all));
}

RequestHead Driver::head_of(const Asked& asked) {
  RequestHead out;
  constexpr std::pair<wire::http::Method, std::string_view> kMethods[] = {
      {wire::http::Method::kGet, "GET"},       {wire::http::Method::kHead, "HEAD"},
      {wire::http::Method::kPost, "POST"},     {wire::http::Method::kPut, "PUT"},
      {wire::http::Method::kDelete, "DELETE"}, {wire::http::Method::kOther, "M-SEARCH"}};
  std::tie(out.method, out.method_text) = kMethods[static_cast<std::size_t>(asked.method)];
  out.host = out.authority = random_.below(2) == 0 ? "example.com" : "EXAMPLE.com";
  out.path = arena_.copy("/" + std::to_string(asked.path));
  const auto add = [&](std::string_view name, const std::string& value) { out.fields.add(name, arena_.copy(value)); };
  if (asked.kind != 0) add("X-Kind", std::to_string(asked.kind));
  if (asked.is_authorized) add("Authorization", "Basic eA==");
  if (asked.known) add("If-None-Match", "\"c" + std::to_string(*asked.known) + "\"");
  std::vector<std::string> all;
  if (asked.no_cache) all.emplace_back("No-Cache");
  if (asked.no_store) all.emplace_back("no-store");
  if (asked.only_if_cached) all.emplace_back("only-if-cached");
  if (asked.max_age) all.push_back("max-age=" + std::to_string(*asked.max_age));
  if (asked.max_stale) {
    all.push_back(*asked.max_stale < 0 ? "max-stale" : "max-stale=\"" + std::to_string(*asked.max_stale) + "\"");
  }
  if (asked.min_fresh) all.push_back("min-fresh=" + std::to_string(*asked.min_fresh));
  if (asked.if_error) all.push_back("stale-if-error=" + std::to_string(*asked.if_error));
  if (!all.empty()) add("Cache-Control", spelled(std::move(all)));
  return out;
}

void Driver::answer_of(const Origin& origin, int path, bool is_not_modified, ResponseHead& out) {
  const Page& page = origin.pages[path];
  out.status = static_cast<std::uint16_t>(is_not_modified ? 304 : page.status);
  const auto add = [&](std::string_view name, const std::string& value) { out.fields.add(name, arena_.copy(value)); };
  const std::int64_t date = std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count();
  add("Date", date_text(date));
  if (page.control.says_anything()) add("Cache-Control", written(page.control));
  if (page.targeted.says_anything()) add("CDN-Cache-Control", written(page.targeted));
  if (page.expires) add("Expires", date_text(date + *page.expires));
  if (page.age != 0) add("Age", std::to_string(page.age));
  if (page.has_etag) add("ETag", etag_of(page));
  if (page.has_last_modified) add("Last-Modified", date_text(page.last_modified()));
  if (page.sets_cookie) add("Set-Cookie", "a=b");
  if (page.is_tagged) add("Surrogate-Key", "red blue");
  if (page.vary == Page::Vary::kKind) add("Vary", random_.below(2) == 0 ? "X-Kind" : "x-kind, X-KIND");
  if (page.vary == Page::Vary::kAnything) add("Vary", "X-Kind, *");
}

Outcome Driver::give(const memory::Reference& entry, const RequestHead& head, bool is_fetched) {
  Outcome out;
  const entry::Record record = entry.record();
  wire::http::Fields stored;
  record.add_fields_to(stored);
  const message::semantics::Precondition verdict = rules::evaluate_conditions(head, stored, record.meta(), now_);
  out.status = verdict == message::semantics::Precondition::kNotModified ? 304 : record.status();
  out.content = number_in(stage::text_of(entry));
  out.age = record.meta().age(now_).count();
  if (is_fetched && out.age == 0) out.age = -1;
  out.is_from_store = true;
  return out;
}

Outcome Driver::request(const Event& event, const Origin& origin, std::int64_t now) {
  arena_.reset();
  now_ = base::WallTime(std::chrono::seconds(kStart)) + std::chrono::milliseconds(now);
  const RequestHead head = head_of(event.asked);
  const rules::Asking asking = rules::judge_request(head, false);
  if (!asking.looks_up) return forward(event, head, {}, origin);
  const stage::Place place = stage::place_of(cache_, head, false, 0, arena_);
  const rules::Reuse reuse =
      place.entry ? rules::judge_reuse(head, place.entry.record().meta(), now_, cache_.policy, place.is_purged_softly)
                  : rules::judge_absence(head, cache_.policy);
  switch (reuse.verdict) {
    case rules::Verdict::kFresh:
    case rules::Verdict::kStale:
      return give(place.entry, head, false);
    case rules::Verdict::kStaleWhileRevalidate: {
      Outcome out = give(place.entry, head, false);
      out.asked_origin = fetch(event.asked, head, place, origin).asked_origin;
      return out;
    }
    case rules::Verdict::kOnlyIfCached: {
      Outcome out;
      out.status = 504;
      return out;
    }
    default:
      break;
  }
  if (head.method == wire::http::Method::kHead) return forward(event, head, place, origin);
  return fetch(event.asked, head, place, origin);
}

/// To the origin and back: an unsafe method, or a HEAD.
Outcome Driver::forward(const Event& event, const RequestHead& head, const stage::Place& place, const Origin& origin) {
  Outcome out;
  const bool is_head = head.method == wire::http::Method::kHead;
  out.asked_origin = is_head ? "HEAD;" : "other;";
  out.status = 502;
  if (origin.outage == Event::Outage::kUnreachable) return out;
  ResponseHead answer;
  if (origin.outage == Event::Outage::kStatus) {
    answer.status = 500;
  } else {
    answer_of(origin, event.asked.path, false, answer);
    if (is_head) out.content = origin.pages[event.asked.path].content;
  }
  out.status = answer.status;
  if (!is_head && event.location >= 0) {
    const std::string target = random_.below(2) == 0 ? "/" : "http://example.com/";
    answer.fields.add(random_.below(2) == 0 ? "Location" : "Content-Location",
                      arena_.copy(target + std::to_string(event.location)));
  }
  if (is_head) {
    note_head(head, place, answer);
  } else {
    stage::invalidate(cache_, head, false, answer, 0, arena_);
  }
  return out;
}

void Driver::note_head(const RequestHead& head, const stage::Place& place, const ResponseHead& answer) {
  if (!place.entry) return;
  const entry::Record record = place.entry.record();
  ResponseHead merged;
  record.add_fields_to(merged.fields);
  merged.status = record.status();
  if (record.status() != 200) return;
  const rules::HeadEffect effect = rules::effect_of_head(merged.fields, answer);
  if (effect == rules::HeadEffect::kInvalidates) cache_.store->memory().remove(place.entry);
  if (effect != rules::HeadEffect::kFreshens) return;
  rules::freshen(merged.fields, answer.fields, cache_.policy);
  RequestHead as_get = head;
  as_get.method = wire::http::Method::kGet;
  const rules::Fetched fetched{as_get, merged, now_, now_};
  const rules::Storing storing = rules::judge_storing(fetched, cache_.policy);
  if (!storing.store) return;
  stage::refresh_entry({cache_, place.primary, place.marker, fetched, storing, record.sequence(), 0, arena_},
                       place.entry);
}

Outcome Driver::stand_in_or(const memory::Reference& old, const RequestHead& head, rules::Failure failure,
                            Outcome otherwise) {
  if (!old) return otherwise;
  const rules::Reuse reuse = rules::judge_stale_on_error(head, old.record().meta(), now_, cache_.policy, failure);
  if (reuse.verdict != rules::Verdict::kStale && reuse.verdict != rules::Verdict::kFresh) return otherwise;
  return give(old, head, false);
}

Outcome Driver::fetch(const Asked& asked, const RequestHead& head, const stage::Place& place, const Origin& origin) {
  const std::uint64_t sequence = cache_.store->book().sequence();
  wire::http::Fields sent = head.fields;
  const memory::Reference old = place.entry.again();
  sent.remove_all(wire::http::Fields::bit(FieldId::kIfNoneMatch));
  if (old) {
    wire::http::Fields stored;
    old.record().add_fields_to(stored);
    const rules::Condition condition = rules::condition_of(stored, old.record().meta());
    rules::make_conditional(sent, condition);
  }
  const Condition condition = condition_in(sent);
  Outcome out;
  const std::string asked_origin = "GET" + text_of(condition) + ";";
  if (origin.outage != Event::Outage::kNone) {
    const bool is_status = origin.outage == Event::Outage::kStatus;
    const bool is_final = old && (old.record().meta().has(rules::Meta::kMustRevalidate) ||
                                  old.record().meta().has(rules::Meta::kNoCache));
    out.status = is_status ? 500 : is_final ? 504 : 502;
    out = stand_in_or(old, head, is_status ? rules::Failure::kStatus : rules::Failure::kUnreachable, out);
    out.asked_origin = asked_origin;
    return out;
  }
  ResponseHead answer;
  answer_of(origin, asked.path, origin.is_not_modified(asked.path, condition), answer);
  RequestHead as_get = head;
  as_get.method = wire::http::Method::kGet;
  if (answer.status == 304) {
    out = revalidated(old, as_get, place, answer);
    out.asked_origin = asked_origin;
    return out;
  }
  Outcome passed;
  passed.status = answer.status;
  passed.content = origin.pages[asked.path].content;
  if (rules::is_failure(answer.status)) {
    out = stand_in_or(old, head, rules::Failure::kStatus, passed);
    out.asked_origin = asked_origin;
    if (out.is_from_store) return out;
  }
  const rules::Fetched fetched{as_get, answer, now_, now_};
  const rules::Storing storing = rules::judge_storing(fetched, cache_.policy);
  memory::Writer writer;
  if (storing.store) {
    writer = stage::begin_entry({cache_, place.primary, place.marker, fetched, storing, sequence, 0, arena_},
                                memory::Body::kUnknown, memory::Visibility::kAtOnce, cache_.store->flights().alone(0));
  }
  out = passed;
  if (writer) {
    writer.append(std::to_string(passed.content));
    const memory::Reference entry = writer.reference(0);
    writer.finish();
    cache_.store->flights().grown(&entry.body());
    out = give(entry, head, true);
  }
  out.asked_origin = asked_origin;
  return out;
}

Outcome Driver::revalidated(const memory::Reference& old, const RequestHead& head, const stage::Place& place,
                            const ResponseHead& not_modified) {
  ResponseHead merged;
  old.record().add_fields_to(merged.fields);
  merged.status = old.record().status();
  Outcome out;
  out.status = 599;  // of a 304 that is about nothing that is stored: does not come here
  if (!rules::is_freshened_by(merged.fields, not_modified.fields)) return out;
  rules::freshen(merged.fields, not_modified.fields, cache_.policy);
  const rules::Fetched fetched{head, merged, now_, now_};
  const rules::Storing storing = rules::judge_storing(fetched, cache_.policy);
  if (!storing.store) {
    cache_.store->memory().remove(old);
    return give(old, head, true);
  }
  const std::uint64_t sequence = cache_.store->book().sequence();
  const memory::Reference entry =
      stage::refresh_entry({cache_, place.primary, place.marker, fetched, storing, sequence, 0, arena_}, old);
  return give(entry ? entry : old, head, true);
}

void Driver::purge(const Event& event) {
  using purge::subject_hash;
  const std::string url = "http://example.com/" + std::to_string(event.path);
  purge::Purge purge = purge::Purge::of_everything(event.is_soft);
  if (event.purge == Event::Purge::kUrl) purge = purge::Purge::of_url(subject_hash(url), event.is_soft);
  if (event.purge == Event::Purge::kTag) purge = purge::Purge::of_tag(subject_hash("blue"), event.is_soft);
  if (event.purge == Event::Purge::kHost) purge = purge::Purge::of_host(subject_hash("example.com"), event.is_soft);
  cache_.store->book().purge(purge);
}

}  // namespace headgate::proxy::cache::model
