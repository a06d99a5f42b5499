#include "proxy/cache/stage/place.h"

#include <gtest/gtest.h>

#include "proxy/cache/key/vary.h"
#include "tests/unit/proxy/cache/stage/routed.h"

// Where answers are put and where they are found: variants and their markers, purges, refreshing.
namespace headgate::proxy::cache::stage {
namespace {

using purge::Purge;
using purge::subject_hash;
using rules::testing::Pair;
using testing::body_of;
using testing::Routed;

constexpr std::string_view kFresh = "Cache-Control: max-age=60";

std::string found(Routed& routed, const Pair& pair) {
  return body_of(routed.find(pair).entry);
}

TEST(Place, an_answer_lies_at_the_primary_key) {
  Routed routed;
  const Pair pair("", 200, kFresh);
  const Place before = routed.find(pair);
  EXPECT_FALSE(before.entry);
  EXPECT_EQ(before.primary, "http://example.com/a");
  EXPECT_EQ(before.key, before.primary);
  EXPECT_EQ(before.hash, before.primary_hash);
  ASSERT_TRUE(routed.put(pair, "hello"));
  const Place place = routed.find(pair);
  EXPECT_EQ(body_of(place.entry), "hello");
  EXPECT_EQ(place.entry.record().status(), 200);
  EXPECT_TRUE(place.marker.empty() && !place.is_purged_softly);
}

TEST(Place, variants_lie_beside_a_marker) {
  Routed routed;
  const Pair a("X-Kind: a", 200, "Cache-Control: max-age=60\nVary: X-Kind");
  const Pair b("X-Kind: b", 200, "Cache-Control: max-age=60\nVary: X-Kind");
  routed.put(a, "of a");
  routed.put(b, "of b");
  EXPECT_EQ(found(routed, a), "of a");
  EXPECT_EQ(found(routed, b), "of b");
  const Place other = routed.find(Pair("X-Kind: c", 200, ""));
  EXPECT_FALSE(other.entry);
  EXPECT_EQ(other.marker.names(), "x-kind");
  EXPECT_NE(other.key, other.primary);
  EXPECT_FALSE(other.hash == other.primary_hash);
}

TEST(Place, an_answer_that_varies_by_something_else_makes_the_old_ones_unfindable) {
  Routed routed;
  const Pair a("X-Kind: a", 200, "Cache-Control: max-age=60\nVary: X-Kind");
  const Pair plain("X-Kind: a", 200, kFresh);
  routed.put(a, "of a");
  routed.put(Pair("X-Kind: a\nX-Other: 1", 200, "Cache-Control: max-age=60\nVary: X-Other"), "other");
  EXPECT_EQ(found(routed, Pair("X-Other: 1", 200, "")), "other");
  EXPECT_EQ(found(routed, a), "nothing");
  routed.put(plain, "for all");
  EXPECT_EQ(found(routed, a), "for all");
  EXPECT_EQ(found(routed, Pair("X-Other: 1", 200, "")), "for all") << "the newest one is for every request";
}

TEST(Place, an_answer_without_vary_beside_a_marker_is_found_by_who_asks_the_same) {
  Routed routed;
  const Pair plain("X-Kind: a", 200, kFresh);
  routed.put(Pair("X-Kind: a", 200, "Cache-Control: max-age=60\nVary: X-Kind"), "of a");
  ASSERT_TRUE(routed.put(plain, "for all"));
  EXPECT_EQ(found(routed, plain), "for all");
}

TEST(Place, variants_go_with_their_marker) {
  Routed routed;
  const Pair a("X-Kind: a", 200, "Cache-Control: max-age=60\nVary: X-Kind");
  const Pair b("X-Kind: b", 200, "Cache-Control: max-age=60\nVary: X-Kind");
  routed.put(a, "of a");
  const std::string_view primary = "http://example.com/a";
  ASSERT_TRUE(routed.store().memory().remove(routed.store().hash_of(primary), primary));
  EXPECT_EQ(found(routed, a), "nothing");
  routed.put(b, "of b");
  EXPECT_EQ(found(routed, a), "nothing") << "nobody who invalidated the URI since would have known of it";
  routed.put(a, "of a again");
  EXPECT_EQ(found(routed, a), "of a again");
  EXPECT_EQ(found(routed, b), "of b");
}

TEST(Place, a_marker_that_learns_a_language_keeps_its_variants) {
  Routed routed;
  const Pair german("Accept-Language: de", 200,
                    "Cache-Control: max-age=60\nVary: Accept-Language\nContent-Language: de");
  const Pair french("Accept-Language: fr", 200,
                    "Cache-Control: max-age=60\nVary: Accept-Language\nContent-Language: fr");
  routed.put(german, "Tor");
  routed.put(french, "porte");
  EXPECT_EQ(found(routed, german), "Tor");
  EXPECT_EQ(found(routed, french), "porte");
}

TEST(Place, an_entry_that_comes_to_vary_is_not_refreshed) {
  Routed routed;
  const Pair pair("", 200, "Cache-Control: max-age=60");
  routed.put(pair, "body");
  const Place place = routed.find(pair);
  const Pair after("", 200, "Cache-Control: max-age=60\nVary: X-Kind");
  const rules::Fetched fetched = after.fetched();
  const rules::Storing storing = rules::judge_storing(fetched, routed.cache.policy);
  EXPECT_FALSE(
      refresh_entry({routed.cache, place.primary, place.marker, fetched, storing, 0, 0, routed.arena}, place.entry));
  EXPECT_EQ(found(routed, pair), "nothing") << "it lies where everybody would find it";
}

TEST(Place, what_can_not_be_told_apart_is_not_placed) {
  Routed routed;
  std::string many = "Cache-Control: max-age=60\nVary: x-0";
  for (std::size_t i = 1; i < key::kVaryNamesMax; ++i) many += ", x-" + std::to_string(i);
  EXPECT_TRUE(routed.put(Pair("", 200, many), "x"));
  EXPECT_FALSE(routed.put(Pair("", 200, many + ", x-more"), "x"));
}

TEST(Place, purges_name_an_answer_by_all_that_it_is) {
  const Pair pair("", 200, "Cache-Control: max-age=60\nVary: X-Kind\nSurrogate-Key: red, blue\tgreen");
  const std::vector<std::pair<Purge, bool>> purges = {
      {Purge::of_url(subject_hash("http://example.com/a"), false), true},
      {Purge::of_url(subject_hash("http://example.com/b"), false), false},
      {Purge::of_host(subject_hash("example.com"), false), true},
      {Purge::of_host(subject_hash("EXAMPLE.com"), false), false},
      {Purge::of_tag(subject_hash("red"), false), true},
      {Purge::of_tag(subject_hash("blue"), false), true},
      {Purge::of_tag(subject_hash("green"), false), true},
      {Purge::of_tag(subject_hash("red, blue\tgreen"), false), false},
      {Purge::of_prefix(0, "/a", false), true},
      {Purge::of_prefix(subject_hash("example.com"), "/", false), true},
      {Purge::of_prefix(subject_hash("other.com"), "/", false), false},
      {Purge::of_everything(false), true}};
  for (std::size_t i = 0; i < purges.size(); ++i) {
    Routed routed;
    routed.put(pair, "x");
    const std::uint64_t used = routed.store().memory().figures().entries;
    EXPECT_EQ(used, 2U) << "the answer and its marker";
    routed.store().book().purge(purges[i].first);
    EXPECT_EQ(found(routed, pair), purges[i].second ? "nothing" : "x") << i;
    if (purges[i].second) EXPECT_LT(routed.store().memory().figures().entries, used) << "it is gone, not only hidden";
  }
}

TEST(Place, a_soft_purge_leaves_it_stale) {
  Routed routed;
  const Pair pair("X-Kind: a", 200, "Cache-Control: max-age=60\nVary: X-Kind");
  routed.put(pair, "x");
  routed.store().book().purge(Purge::of_url(subject_hash("http://example.com/a"), true));
  EXPECT_TRUE(routed.find(pair).is_purged_softly);
  EXPECT_EQ(found(routed, pair), "x");
  routed.put(pair, "y");
  EXPECT_FALSE(routed.find(pair).is_purged_softly) << "what came after it is not meant";
  routed.store().book().purge(Purge::of_url(subject_hash("http://example.com/a"), true));
  routed.store().book().purge(Purge::of_everything(false));
  EXPECT_EQ(found(routed, pair), "nothing") << "the hard one holds";
}

TEST(Place, a_purge_wins_over_a_fetch_that_began_before_it) {
  const Pair pair("", 200, "Cache-Control: max-age=60\nSurrogate-Key: red");
  for (const Purge& each : {Purge::of_url(subject_hash("http://example.com/a"), false),
                            Purge::of_tag(subject_hash("red"), false), Purge::of_everything(false)}) {
    Routed routed;
    const std::uint64_t before = routed.store().book().sequence();
    routed.store().book().purge(each);
    memory::Writer late = routed.begin(pair, 1, before);
    late.append("x");
    EXPECT_TRUE(late.finish());
    EXPECT_EQ(found(routed, pair), "nothing");
    memory::Writer growing = routed.begin(pair, 2, routed.store().book().sequence());
    growing.append("x");
    EXPECT_TRUE(routed.find(pair).entry);
    routed.store().book().purge(each);
    EXPECT_FALSE(routed.find(pair).entry) << "also while it grows";
    growing.append("y");
    EXPECT_FALSE(growing.finish());
    EXPECT_FALSE(routed.find(pair).entry);
  }
}

TEST(Place, a_refreshed_entry_has_new_fields_and_the_same_body) {
  Routed routed;
  const Pair pair("", 200, "Cache-Control: max-age=60\nX-Of: old");
  routed.put(pair, "body");
  const Place place = routed.find(pair);
  const Pair after("", 200, "Cache-Control: max-age=60\nX-Of: new");
  const rules::Fetched fetched = after.fetched();
  const rules::Storing storing = rules::judge_storing(fetched, routed.cache.policy);
  const Placing placing{routed.cache, place.primary, place.marker, fetched, storing, 0, 0, routed.arena};
  EXPECT_TRUE(refresh_entry(placing, place.entry));
  const Place now = routed.find(pair);
  EXPECT_EQ(body_of(now.entry), "body");
  EXPECT_EQ(now.entry.record().field(1).value, "new");
  EXPECT_FALSE(refresh_entry(placing, place.entry)) << "that one was replaced";
}

TEST(Place, of_a_key_a_url_purge_means_the_uri_and_the_chosen_parameters) {
  EXPECT_EQ(url_of("http://a/b?c"), "http://a/b?c");
  EXPECT_EQ(url_of("http://a/b\n&v=1\n;v=2\nx: y"), "http://a/b\n&v=1\n;v=2");
  EXPECT_EQ(url_of("http://a/b\nx: y"), "http://a/b");
  EXPECT_EQ(url_of("http://a/b\n"), "http://a/b");
}

}  // namespace
}  // namespace headgate::proxy::cache::stage
