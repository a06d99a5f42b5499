#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/memory/stored.h"

// What an entry that grows has displaced, until it is known whether it is an answer.
namespace headgate::proxy::cache::memory {
namespace {

constexpr std::size_t kBefore = 700;

/// The growing one of "a", found in place of one of kBefore bytes.
Writer begun(MemoryStore& store, std::uint64_t expected = Body::kUnknown) {
  EXPECT_TRUE(find(store, "a") || put(store, "a", kBefore));
  const Made made("a");
  Writer writer = store.begin(made.parts(), made.hash(), expected, 0, Visibility::kAtOnce);
  EXPECT_EQ(writer.append("new").bytes, 3U);
  EXPECT_EQ(find(store, "a").body().published(), 3U);
  return writer;
}

std::uint64_t found_bytes(MemoryStore& store) {
  const Reference found = find(store, "a");
  return found ? found.body().published() : 0;
}

TEST(Displaced, is_found_again_if_the_new_one_is_abandoned) {
  const auto store = store_of(1 << 20);
  put(*store, "a", kBefore);
  const std::uint64_t used = store->figures().used_bytes;
  {
    Writer writer = begun(*store);
    const Reference reading = find(*store, "a");
    writer.abandon();
    EXPECT_EQ(reading.body().state(), Body::State::kFailed);
    EXPECT_EQ(text_of(find(*store, "a").body()), body_of("a", kBefore));
  }
  EXPECT_EQ(store->figures().used_bytes, used);
  EXPECT_EQ(store->figures().entries, 1U);
  {
    const Writer dropped = begun(*store);
  }
  EXPECT_EQ(found_bytes(*store), kBefore);
  EXPECT_TRUE(store->remove(hash_of("a"), "a")) << "it is an entry as any other again";
  EXPECT_LT(store->figures().used_bytes, 100U);
}

TEST(Displaced, goes_when_the_new_one_is_whole) {
  const auto store = store_of(1 << 20);
  Writer writer = begun(*store);
  EXPECT_TRUE(writer.finish());
  EXPECT_EQ(found_bytes(*store), 3U);
  EXPECT_EQ(store->figures().entries, 1U);
  store->remove(hash_of("a"), "a");
  EXPECT_LT(store->figures().used_bytes, 100U);
}

TEST(Displaced, is_found_again_if_the_new_one_is_too_large) {
  const auto store = store_of(1 << 20, 10'000);
  Writer writer = begun(*store);
  const Reader reader(find(*store, "a"));
  EXPECT_EQ(writer.append(std::string(10'000, 'x')).outcome, Writer::Outcome::kPassing);
  EXPECT_EQ(found_bytes(*store), kBefore);
  EXPECT_FALSE(writer.finish());
  EXPECT_EQ(found_bytes(*store), kBefore);
}

TEST(Displaced, waits_for_the_last_of_several) {
  const auto store = store_of(1 << 20);
  Writer first = begun(*store);
  Writer second = begun(*store);
  first.abandon();
  EXPECT_EQ(found_bytes(*store), 3U) << "the second one's";
  second.abandon();
  EXPECT_EQ(found_bytes(*store), kBefore);

  Writer third = begun(*store);
  Writer fourth = begun(*store);
  EXPECT_FALSE(third.finish()) << "another one came after it";
  EXPECT_TRUE(fourth.finish());
  EXPECT_EQ(found_bytes(*store), 3U);
  store->remove(hash_of("a"), "a");
  EXPECT_LT(store->figures().used_bytes, 100U);
}

TEST(Displaced, does_not_come_back_after_a_removal) {
  const auto store = store_of(1 << 20);
  for (const bool by_reference : {false, true}) {
    Writer writer = begun(*store);
    if (by_reference) {
      const Reference growing = find(*store, "a");
      EXPECT_TRUE(store->remove(growing));
    } else {
      EXPECT_TRUE(store->remove(hash_of("a"), "a"));
    }
    writer.abandon();
    EXPECT_EQ(found_bytes(*store), 0U);
  }
  put(*store, "a", kBefore);
  const Reference before = find(*store, "a");
  Writer writer = begun(*store);
  EXPECT_TRUE(store->remove(before)) << "of the one that waits, while another is found";
  EXPECT_FALSE(store->remove(before));
  EXPECT_EQ(found_bytes(*store), 3U);
  writer.abandon();
  EXPECT_EQ(found_bytes(*store), 0U);
}

TEST(Displaced, is_discarded_for_room_as_any_other) {
  const auto store = store_of(64 * 1024);
  put(*store, "a", 20'000);
  const Made made("a");
  Writer writer = store->begin(made.parts(), made.hash(), Body::kUnknown, 0, Visibility::kAtOnce);
  writer.append("new");
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(put(*store, std::to_string(i), 2000));
  EXPECT_EQ(found_bytes(*store), 3U);
  writer.abandon();
  EXPECT_EQ(found_bytes(*store), 0U) << "whoever has its place now is not it";
  for (int i = 190; i < 200; ++i) EXPECT_EQ(text_of(find(*store, std::to_string(i)).body()).size(), 2000U);
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
