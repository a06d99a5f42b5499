#include "tests/unit/proxy/cache/model/reference.h"

#include <algorithm>

namespace headgate::proxy::cache::model {

namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 86400;

bool is_heuristically_cacheable(int status) {  // RFC 9110 section 15.1
  return status == 200 || status == 404;
}

}  // namespace

/// RFC 9111 section 4.2.1.
std::optional<std::int64_t> Reference::stated_lifetime(const Stored& answer) const {
  if (answer.word().s_maxage) return *answer.word().s_maxage;
  if (answer.word().max_age) return *answer.word().max_age;
  if (answer.is_targeted() || !answer.expires) return std::nullopt;  // RFC 9213 section 2.1
  return std::max<std::int64_t>(0, *answer.expires - answer.date);
}

std::optional<std::int64_t> Reference::lifetime(const Stored& answer) const {
  std::optional<std::int64_t> out = stated_lifetime(answer);
  if (!out && settings_.negative && (answer.status == 404 || answer.status == 503)) out = *settings_.negative;
  if (!out && settings_.ttl && answer.status == 200) out = *settings_.ttl;
  const bool has_heuristic = is_heuristically_cacheable(answer.status) || answer.word().is_public;
  if (!out && answer.has_last_modified && has_heuristic) {  // section 4.2.2
    out = std::min(kDay, (answer.date - answer.last_modified) / 10);
  }
  if (out && settings_.max_ttl) out = std::min<std::int64_t>(*out, *settings_.max_ttl);
  return out;
}

/// Sections 5.2.2.2, 5.2.2.8 and 5.2.2.10.
bool Reference::forbids_stale(const Stored& answer) const {
  return answer.word().must_revalidate || answer.word().proxy_revalidate || answer.word().s_maxage;
}

/// RFC 5861. Who forbids stale answers outright has no windows; beside s-maxage a window that is stated holds.
std::int64_t Reference::while_revalidate(const Stored& answer) const {
  const Control& word = answer.word();
  return word.must_revalidate || word.proxy_revalidate || word.no_cache ? 0 : word.while_revalidate.value_or(0);
}

std::int64_t Reference::if_error(const Stored& answer) const {
  const Control& word = answer.word();
  return word.must_revalidate || word.proxy_revalidate || word.no_cache ? 0 : word.if_error.value_or(0);
}

/// Section 4.2.3, in milliseconds: there is no delay between question and answer here, and clocks agree.
std::int64_t Reference::current_age(const Stored& answer, std::int64_t now) const {
  return answer.age_value * kSecond + (now - answer.received);
}

/// Section 3.
bool Reference::may_store(const Stored& answer, const Asked& asked, bool sets_cookie) const {
  const Control& word = answer.word();
  if (word.no_store || word.is_private || asked.no_store || sets_cookie) return false;
  if (answer.vary == Page::Vary::kAnything) return false;
  if (asked.is_authorized && !word.is_public && !word.must_revalidate && !word.s_maxage) return false;  // 3.5
  const std::optional<std::int64_t> fresh_for = lifetime(answer);
  if (!fresh_for && !word.is_public && !is_heuristically_cacheable(answer.status)) return false;
  // And there has to be some use in it.
  if (answer.has_etag || answer.has_last_modified) return true;
  const std::int64_t window = std::max(while_revalidate(answer), if_error(answer));
  return !word.no_cache && answer.age_value < fresh_for.value_or(0) + window;
}

/// Sections 4 and 5.2.1.
Reference::Use Reference::use_of(const Stored& answer, const Asked& asked, std::int64_t now) const {
  const Control& word = answer.word();
  const std::int64_t age = current_age(answer, now);
  const std::int64_t left = lifetime(answer).value_or(0) * kSecond - age;
  if (word.no_cache || asked.no_cache) return Use::kAsk;
  if (asked.max_age && (*asked.max_age == 0 || age / kSecond > *asked.max_age)) return Use::kAsk;
  if (asked.min_fresh && left > 0 && left < *asked.min_fresh * kSecond) return Use::kAsk;
  if (answer.is_purged_softly) {
    return forbids_stale(answer) && while_revalidate(answer) == 0 ? Use::kAsk : Use::kGiveAndRevalidate;
  }
  if (left > 0) return Use::kGive;
  if (-left < while_revalidate(answer) * kSecond && !asked.min_fresh) return Use::kGiveAndRevalidate;
  if (forbids_stale(answer) || !asked.max_stale) return Use::kAsk;
  return *asked.max_stale < 0 || -left <= *asked.max_stale * kSecond ? Use::kGive : Use::kAsk;
}

/// Section 4.2.4 and RFC 5861 section 4.
bool Reference::may_stand_in(const Stored& answer, const Asked& asked, Event::Outage failure, std::int64_t now) const {
  if (answer.word().no_cache) return false;
  const std::int64_t stale_for = current_age(answer, now) - lifetime(answer).value_or(0) * kSecond;
  if (stale_for < 0) return true;
  if (stale_for < if_error(answer) * kSecond) return true;
  if (forbids_stale(answer)) return false;
  if (stale_for < asked.if_error.value_or(0) * kSecond) return true;
  return failure == Event::Outage::kUnreachable && stale_for < settings_.if_unreachable * kSecond;
}

/// Section 4.1: the newest answer that the request selects.
Reference::Place Reference::find(int path, int kind) {
  return std::find_if(stored_.begin(), stored_.end(), [&](const Stored& each) {
    return each.path == path && (each.vary == Page::Vary::kNothing || each.kind == kind);
  });
}

/// This cache has at a URI one answer for all, or answers that vary by the same.
void Reference::store(const Stored& answer) {
  stored_.remove_if([&](const Stored& each) {
    if (each.path != answer.path) return false;
    return each.vary != answer.vary || answer.vary == Page::Vary::kNothing || each.kind == answer.kind;
  });
  stored_.push_front(answer);
}

Reference::Stored Reference::answer_now(const Asked& asked, const Origin& origin, std::int64_t now) const {
  const Page& page = origin.pages[asked.path];
  Stored out;
  out.path = asked.path;
  out.kind = asked.kind;
  out.vary = page.vary;
  out.content = page.content;
  out.status = page.status;
  out.control = page.control;
  out.targeted = page.targeted;
  out.date = kStart + now / kSecond;
  if (page.expires) out.expires = out.date + *page.expires;
  out.has_etag = page.has_etag;
  out.has_last_modified = page.has_last_modified;
  out.last_modified = page.last_modified();
  out.is_tagged = page.is_tagged;
  out.age_value = page.age;
  out.received = now;
  out.fetched = purges_;
  return out;
}

/// Sections 3.2 and 4.3.4: each field that the newer head has takes the place of the stored one; others stay.
void Reference::update(Stored& stored, const Stored& with) {
  if (with.control.says_anything()) stored.control = with.control;
  if (with.targeted.says_anything()) stored.targeted = with.targeted;
  if (with.expires) stored.expires = with.expires;
  stored.date = with.date;
  if (with.has_last_modified) {
    stored.has_last_modified = true;
    stored.last_modified = with.last_modified;
  }
  stored.has_etag = stored.has_etag || with.has_etag;
  stored.is_tagged = stored.is_tagged || with.is_tagged;
  stored.vary = with.vary == Page::Vary::kNothing ? stored.vary : with.vary;
  stored.age_value = with.age_value;
  stored.received = with.received;
}

/// Section 4.3.2: the client's own condition is answered from what is given.
Outcome Reference::give(const Stored& answer, const Asked& asked, std::int64_t now, bool is_fetched) const {
  Outcome out;
  const bool is_known = asked.known && answer.has_etag && *asked.known == answer.content && answer.status == 200;
  out.status = is_known ? 304 : answer.status;
  out.content = answer.content;
  out.age = current_age(answer, now) / kSecond;
  if (is_fetched && out.age == 0) out.age = -1;
  out.is_from_store = true;
  return out;
}

Outcome Reference::request(const Event& event, const Origin& origin, std::int64_t now) {
  const Asked& asked = event.asked;
  if (asked.method != Method::kGet && asked.method != Method::kHead) {
    Outcome out;
    out.asked_origin = "other;";
    if (origin.outage == Event::Outage::kUnreachable) {
      out.status = 502;
      return out;
    }
    out.status = origin.outage == Event::Outage::kStatus ? 500 : origin.pages[asked.path].status;
    if (out.status >= 400) return out;
    invalidate(asked.path);  // section 4.4
    if (event.location >= 0) invalidate(event.location);
    return out;
  }
  const Place found = find(asked.path, asked.kind);
  const Use use = found == stored_.end() ? Use::kAsk : use_of(*found, asked, now);
  if (use == Use::kGive) return give(*found, asked, now, false);
  if (use == Use::kGiveAndRevalidate) {
    Outcome out = give(*found, asked, now, false);
    Asked beside = asked;
    beside.method = Method::kGet;
    out.asked_origin = fetch(beside, origin, now).asked_origin;
    return out;
  }
  if (asked.only_if_cached) {
    Outcome out;
    out.status = 504;
    return out;
  }
  return asked.method == Method::kHead ? head(asked, origin, now) : fetch(asked, origin, now);
}

Outcome Reference::fetch(const Asked& asked, const Origin& origin, std::int64_t now) {
  const Place old = find(asked.path, asked.kind);
  Condition condition;
  if (old != stored_.end()) {
    if (old->has_etag) condition.etag = old->content;
    if (old->has_last_modified) condition.last_modified = old->content;
  }
  Outcome out;
  out.asked_origin = "GET" + text_of(condition) + ";";
  if (origin.outage != Event::Outage::kNone) {
    if (old != stored_.end() && may_stand_in(*old, asked, origin.outage, now)) {
      Outcome given = give(*old, asked, now, false);
      given.asked_origin = out.asked_origin;
      return given;
    }
    out.status = origin.outage == Event::Outage::kStatus ? 500 : 502;
    const bool is_final = old != stored_.end() && (forbids_stale(*old) || old->word().no_cache);
    if (origin.outage == Event::Outage::kUnreachable && is_final) out.status = 504;
    return out;
  }
  Stored answer = answer_now(asked, origin, now);
  if (origin.is_not_modified(asked.path, condition)) {
    const Stored before = *old;
    update(*old, answer);
    old->is_purged_softly = false;
    old->fetched = purges_;
    Outcome given;
    if (may_store(*old, asked, false) && old->vary == before.vary) {
      given = give(*old, asked, now, true);
    } else {
      given = give(before, asked, now, true);
      stored_.erase(old);
    }
    given.asked_origin = out.asked_origin;
    return given;
  }
  // An answer that says that it failed is one for which something stale may stand in.
  const bool is_failure = answer.status == 500 || answer.status == 503;
  if (is_failure && old != stored_.end() && may_stand_in(*old, asked, Event::Outage::kStatus, now)) {
    Outcome given = give(*old, asked, now, false);
    given.asked_origin = out.asked_origin;
    return given;
  }
  if (may_store(answer, asked, origin.pages[asked.path].sets_cookie)) {
    store(answer);
    Outcome given = give(answer, asked, now, true);
    given.asked_origin = out.asked_origin;
    return given;
  }
  out.status = answer.status;
  out.content = answer.content;
  return out;
}

/// Section 4.3.5.
Outcome Reference::head(const Asked& asked, const Origin& origin, std::int64_t now) {
  Outcome out;
  out.asked_origin = "HEAD;";
  if (origin.outage == Event::Outage::kUnreachable) {
    out.status = 502;
    return out;
  }
  if (origin.outage == Event::Outage::kStatus) {
    out.status = 500;
    return out;
  }
  const Stored answer = answer_now(asked, origin, now);
  out.status = answer.status;
  out.content = answer.content;
  const Place old = find(asked.path, asked.kind);
  if (old == stored_.end() || old->status != 200 || answer.status != 200) return out;
  const bool has_other_etag = answer.has_etag && (!old->has_etag || answer.content != old->content);
  const bool has_other_date =
      answer.has_last_modified && (!old->has_last_modified || answer.last_modified != old->last_modified);
  if (has_other_etag || has_other_date) {
    stored_.erase(old);
    return out;
  }
  Stored updated = *old;
  update(updated, answer);
  if (!may_store(updated, asked, false)) return out;
  // It may have a tag now that was purged after it was fetched.
  const bool is_gone = updated.is_tagged && tag_purged_ > updated.fetched;
  updated.is_purged_softly = updated.is_purged_softly || (updated.is_tagged && tag_purged_softly_ > updated.fetched);
  if (updated.vary == old->vary && !is_gone) {
    *old = updated;
  } else {
    stored_.erase(old);
  }
  return out;
}

void Reference::invalidate(int path) {
  stored_.remove_if([&](const Stored& each) { return each.path == path; });
}

void Reference::purge(const Event& event) {
  ++purges_;
  if (event.purge == Event::Purge::kTag) (event.is_soft ? tag_purged_softly_ : tag_purged_) = purges_;
  const auto is_named = [&](const Stored& each) {
    if (event.purge == Event::Purge::kUrl) return each.path == event.path;
    return event.purge != Event::Purge::kTag || each.is_tagged;
  };
  if (!event.is_soft) {
    stored_.remove_if(is_named);
    return;
  }
  for (Stored& each : stored_) each.is_purged_softly = each.is_purged_softly || is_named(each);
}

}  // namespace headgate::proxy::cache::model
