#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.h"
#include "tests/unit/proxy/cache/model/driver.h"
#include "tests/unit/proxy/cache/model/reference.h"

// Random sequences of requests, changes, failures and purges under a virtual clock: what the cache answers and asks is
// what a plain reading of RFC 9111 does. A difference is cut down to the events that it needs, and printed with its
// seed. HEADGATE_MODEL_SEEDS=5000 plays that many seeds; HEADGATE_MODEL_SEEDS=17:1 the one with number 17.
namespace headgate::proxy::cache::model {
namespace {

constexpr int kEvents = 400;
constexpr std::uint64_t kSeeds = 150;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  bool one_in(std::uint32_t many) { return random_.below(many) == 0; }
  int below(int bound) { return static_cast<int>(random_.below(static_cast<std::uint32_t>(bound))); }
  /// Often a number at which something else ends too.
  int seconds() {
    constexpr int kUsual[] = {0, 1, 5, 10, 10, 20, 30, 60};
    return kUsual[below(8)];
  }
  std::optional<int> seconds_one_in(std::uint32_t many) {
    return one_in(many) ? std::optional(seconds()) : std::nullopt;
  }

 private:
  base::Random random_;
};

Control control_of(Dice& dice) {
  Control out;
  if (dice.one_in(4)) return out;
  out.no_store = dice.one_in(16);
  out.no_cache = dice.one_in(10);
  out.is_private = dice.one_in(20);
  out.is_public = dice.one_in(8);
  out.must_revalidate = dice.one_in(8);
  out.proxy_revalidate = dice.one_in(16);
  if (!dice.one_in(3)) out.max_age = dice.seconds();
  out.s_maxage = dice.seconds_one_in(8);
  out.while_revalidate = dice.seconds_one_in(4);
  out.if_error = dice.seconds_one_in(4);
  return out;
}

Page page_of(Dice& dice, int content) {
  Page out;
  out.content = content;
  constexpr int kStatuses[] = {200, 200, 200, 200, 200, 200, 404, 503};
  out.status = kStatuses[dice.below(8)];
  out.control = control_of(dice);
  if (dice.one_in(6)) out.targeted = control_of(dice);
  if (dice.one_in(4)) out.expires = dice.seconds() - 5;
  if (dice.one_in(4)) out.age = dice.seconds();
  out.has_etag = dice.one_in(2);
  out.is_weak = dice.one_in(3);
  out.has_last_modified = dice.one_in(2);
  out.sets_cookie = dice.one_in(16);
  out.is_tagged = dice.one_in(2);
  if (dice.one_in(3)) out.vary = dice.one_in(6) ? Page::Vary::kAnything : Page::Vary::kKind;
  return out;
}

Asked asked_of(Dice& dice, int content) {
  Asked out;
  constexpr Method kUnsafe[] = {Method::kPost, Method::kPut, Method::kDelete, Method::kUnknown};
  if (dice.one_in(8)) out.method = Method::kHead;
  if (dice.one_in(16)) out.method = kUnsafe[dice.below(4)];
  out.path = dice.below(kPaths);
  out.kind = dice.below(3);
  out.is_authorized = dice.one_in(12);
  if (dice.one_in(8) && out.method == Method::kGet) out.known = content - 1 - dice.below(3);
  out.no_cache = dice.one_in(20);
  out.no_store = dice.one_in(30);
  out.only_if_cached = dice.one_in(16);
  out.max_age = dice.seconds_one_in(12);
  if (dice.one_in(12)) out.max_stale = dice.one_in(3) ? -1 : dice.seconds();
  out.min_fresh = dice.seconds_one_in(16);
  out.if_error = dice.seconds_one_in(16);
  return out;
}

std::vector<Event> events_of(std::uint64_t seed) {
  Dice dice(seed);
  std::vector<Event> out;
  int content = 0;
  for (int path = 0; path < kPaths; ++path) {
    Event first;
    first.kind = Event::Kind::kPage;
    first.path = path;
    first.page = page_of(dice, content++);
    out.push_back(first);
  }
  while (out.size() < kEvents) {
    Event event;
    const int what = dice.below(20);
    if (what < 11) {
      event.kind = Event::Kind::kRequest;
      event.asked = asked_of(dice, content);
      if (dice.one_in(2)) event.location = dice.below(kPaths);
    } else if (what < 15) {
      event.kind = Event::Kind::kTime;
      event.milliseconds = dice.one_in(3) ? dice.below(15'000) : dice.seconds() * 1000;
    } else if (what < 17) {
      event.kind = Event::Kind::kPage;
      event.path = dice.below(kPaths);
      // Mostly the same content with other fields, as a 304 brings them.
      event.page = page_of(dice, dice.one_in(4) ? content++ : -1);
    } else if (what < 19) {
      event.kind = Event::Kind::kOutage;
      if (dice.one_in(2)) event.outage = dice.one_in(2) ? Event::Outage::kUnreachable : Event::Outage::kStatus;
    } else {
      event.kind = Event::Kind::kPurge;
      constexpr Event::Purge kPurges[] = {Event::Purge::kUrl, Event::Purge::kTag, Event::Purge::kHost,
                                          Event::Purge::kEverything};
      event.purge = kPurges[dice.below(4)];
      event.path = dice.below(kPaths);
      event.is_soft = dice.one_in(2);
    }
    out.push_back(event);
  }
  return out;
}

Settings settings_of(std::uint64_t seed) {
  Dice dice(~seed);
  Settings out;
  out.ttl = dice.seconds_one_in(4);
  out.negative = dice.seconds_one_in(4);
  out.max_ttl = dice.seconds_one_in(8);
  return out;
}

void apply(const Event& event, Origin& origin) {
  Page& page = origin.pages[event.path];
  const Page before = page;
  page = event.page;
  if (page.content >= 0) return;
  page.content = before.content;
  page.is_weak = before.is_weak;
  page.vary = before.vary;
}

/// The first difference, in words; empty if there is none. `seen` counts what came of the requests.
std::string difference(const std::vector<Event>& events, std::uint64_t seed, std::vector<std::uint64_t>* seen) {
  const Settings settings = settings_of(seed);
  Driver driver(settings, seed);
  Reference reference(settings);
  Origin origin;
  std::int64_t now = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    switch (event.kind) {
      case Event::Kind::kTime:
        now += event.milliseconds;
        break;
      case Event::Kind::kPage:
        apply(event, origin);
        break;
      case Event::Kind::kOutage:
        origin.outage = event.outage;
        break;
      case Event::Kind::kPurge:
        driver.purge(event);
        reference.purge(event);
        break;
      case Event::Kind::kRequest: {
        const Outcome got = driver.request(event, origin, now);
        const Outcome expected = reference.request(event, origin, now);
        if (got != expected) {
          return "request " + std::to_string(i) + " at " + std::to_string(now) + " ms:\n  " + text_of(event) +
                 "\n  the cache:     " + text_of(got) + "\n  the reference: " + text_of(expected);
        }
        if (seen == nullptr) break;
        const bool has_asked = !got.asked_origin.empty();
        ++(*seen)[(got.is_from_store ? 1U : 0U) + (has_asked ? 2U : 0U) + (got.status == 304 ? 4U : 0U)];
        break;
      }
    }
  }
  return {};
}

/// The events without which there is no difference.
std::vector<Event> cut_down(std::vector<Event> events, std::uint64_t seed) {
  for (std::size_t size = events.size() / 2; size > 0; size /= 2) {
    for (std::size_t at = 0; at + size <= events.size();) {
      std::vector<Event> fewer = events;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at),
                  fewer.begin() + static_cast<std::ptrdiff_t>(at + size));
      if (difference(fewer, seed, nullptr).empty()) {
        at += size;
      } else {
        events = std::move(fewer);
      }
    }
  }
  return events;
}

TEST(Model, the_cache_does_what_the_rfc_says) {
  std::uint64_t first = 1;
  std::uint64_t count = kSeeds;
  if (const char* wish = std::getenv("HEADGATE_MODEL_SEEDS")) {
    char* end = nullptr;
    count = std::strtoull(wish, &end, 10);
    if (*end == ':') {
      first = count;
      count = std::strtoull(end + 1, nullptr, 10);
    }
  }
  std::vector<std::uint64_t> seen(8);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::vector<Event> events = events_of(seed);
    if (difference(events, seed, &seen).empty()) continue;
    const std::vector<Event> needed = cut_down(events, seed);
    std::string told = "seed " + std::to_string(seed) + "\n";
    for (const Event& event : needed) told += "  " + text_of(event) + "\n";
    FAIL() << told << difference(needed, seed, nullptr);
  }
  if (count < kSeeds) return;
  // Whatever there is to come to has come often.
  for (const std::uint64_t often : {seen[0], seen[1], seen[2], seen[3], seen[5], seen[7]}) EXPECT_GT(often, 20U);
}

}  // namespace
}  // namespace headgate::proxy::cache::model
