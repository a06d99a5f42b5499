#include "proxy/cache/memory/memory_store.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/memory/stored.h"

namespace headgate::proxy::cache::memory {
namespace {

TEST(MemoryStore, finds_what_was_stored_and_nothing_else) {
  const auto store = store_of(1 << 20);
  EXPECT_FALSE(find(*store, "a"));
  ASSERT_TRUE(put(*store, "a", 100));
  const Reference found = find(*store, "a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found.record().key(), "a");
  EXPECT_EQ(found.record().field(0).value, "a");
  EXPECT_EQ(found.body().state(), Body::State::kComplete);
  EXPECT_EQ(text_of(found.body()), body_of("a", 100));
  EXPECT_FALSE(find(*store, "b"));
  EXPECT_FALSE(store->find(hash_of("a"), "b", 0)) << "a hash alone is not enough";
}

TEST(MemoryStore, when_it_is_found) {
  for (Visibility visibility : {Visibility::kAtOnce, Visibility::kWhenFinished}) {
    const auto store = store_of(1 << 20);
    const Made made("a");
    Writer writer = store->begin(made.parts(), made.hash(), Body::kUnknown, 0, visibility);
    EXPECT_EQ(bool(find(*store, "a")), visibility == Visibility::kAtOnce);
    writer.append("begun, ");
    if (visibility == Visibility::kAtOnce) {
      const Reference early = find(*store, "a");
      EXPECT_EQ(early.body().state(), Body::State::kFilling);
      EXPECT_EQ(text_of(early.body()), "begun, ");
    }
    writer.append("and done");
    EXPECT_TRUE(writer.finish());
    EXPECT_FALSE(writer);
    EXPECT_EQ(text_of(find(*store, "a").body()), "begun, and done");
    EXPECT_EQ(store->figures().entries, 1U);
  }
}

TEST(MemoryStore, what_is_abandoned_is_gone_and_readers_hear_of_it) {
  const auto store = store_of(1 << 20);
  const std::uint64_t before = store->figures().used_bytes;
  const Made made("a");
  Reference reading;
  {
    Writer writer = store->begin(made.parts(), made.hash(), 100, 0, Visibility::kAtOnce);
    writer.append("half");
    reading = find(*store, "a");
  }
  EXPECT_FALSE(find(*store, "a"));
  EXPECT_EQ(reading.body().state(), Body::State::kFailed);
  EXPECT_EQ(text_of(reading.body()), "half");
  reading = Reference();
  EXPECT_EQ(store->figures().used_bytes, before);
}

TEST(MemoryStore, a_body_that_is_not_as_long_as_expected_is_not_stored) {
  const auto store = store_of(1 << 20);
  for (std::size_t bytes : {99U, 101U}) {
    const Made made("a");
    Writer writer = store->begin(made.parts(), made.hash(), 100, 0, Visibility::kWhenFinished);
    writer.append(std::string(bytes, 'x'));
    EXPECT_FALSE(writer.finish());
    EXPECT_FALSE(find(*store, "a"));
  }
}

TEST(MemoryStore, an_entry_takes_the_place_of_the_one_before) {
  const auto store = store_of(1 << 20);
  put(*store, "a", 100);
  Reference old = find(*store, "a");
  const Made made("a");
  Writer writer = store->begin(made.parts(), made.hash(), 3, 0, Visibility::kWhenFinished);
  writer.append("new");
  EXPECT_EQ(text_of(find(*store, "a").body()), body_of("a", 100)) << "until it is there, the old one answers";
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(text_of(find(*store, "a").body()), "new");
  EXPECT_EQ(text_of(old.body()), body_of("a", 100)) << "who has it keeps it";
  EXPECT_EQ(store->figures().entries, 1U);
  const std::uint64_t with_both = store->figures().used_bytes;
  old = Reference();
  EXPECT_LT(store->figures().used_bytes, with_both - 100);
}

TEST(MemoryStore, is_removed_by_key_and_by_reference) {
  const auto store = store_of(1 << 20);
  const std::uint64_t empty = store->figures().used_bytes;
  put(*store, "a", 100);
  put(*store, "b", 100);
  EXPECT_TRUE(store->remove(hash_of("a"), "a"));
  EXPECT_FALSE(store->remove(hash_of("a"), "a"));
  EXPECT_FALSE(find(*store, "a"));
  {
    const Reference b = find(*store, "b");
    EXPECT_TRUE(store->remove(b));
    EXPECT_FALSE(store->remove(b));
    EXPECT_FALSE(find(*store, "b"));
    EXPECT_EQ(text_of(b.body()), body_of("b", 100));
  }
  EXPECT_EQ(store->figures().used_bytes, empty);
  EXPECT_EQ(store->figures().removed, 2U);
}

TEST(MemoryStore, what_is_removed_while_it_is_written_does_not_come_back) {
  const auto store = store_of(1 << 20);
  const Made made("a");
  Writer writer = store->begin(made.parts(), made.hash(), 3, 0, Visibility::kAtOnce);
  writer.append("abc");
  EXPECT_TRUE(store->remove(made.hash(), "a"));
  EXPECT_FALSE(writer.finish());
  EXPECT_FALSE(find(*store, "a"));
  EXPECT_EQ(store->figures().entries, 0U);
}

TEST(MemoryStore, a_refreshed_entry_has_a_new_head_and_the_same_body) {
  const auto store = store_of(1 << 20);
  const std::uint64_t empty = store->figures().used_bytes;
  put(*store, "a", 100'000);
  const std::uint64_t one = store->figures().used_bytes;
  {
    const Reference old = find(*store, "a");
    Made made("a", 9);
    made.fields().add("X-New", "yes");
    const Reference fresh = store->refresh(old, made.parts(), 0);
    ASSERT_TRUE(fresh);
    EXPECT_EQ(fresh.record().sequence(), 9U);
    EXPECT_EQ(fresh.record().field_count(), 2U);
    EXPECT_EQ(old.record().field_count(), 1U);
    EXPECT_EQ(&fresh.body(), &old.body());
    EXPECT_FALSE(store->refresh(old, made.parts(), 0)) << "it was replaced";
    EXPECT_EQ(find(*store, "a").record().field_count(), 2U);
    EXPECT_LT(store->figures().used_bytes, one + 1000);
  }
  EXPECT_LT(store->figures().used_bytes, one + 100);
  EXPECT_EQ(text_of(find(*store, "a").body()), body_of("a", 100'000));
  EXPECT_TRUE(store->remove(hash_of("a"), "a"));
  EXPECT_EQ(store->figures().used_bytes, empty);
  EXPECT_FALSE(store->refresh(Reference(), Made("a").parts(), 0)) << "of nothing";
}

TEST(MemoryStore, a_purge_is_judged_once_and_a_sweep_frees) {
  const auto store = store_of(1 << 20);
  purge::Book book;
  put(*store, "a", 10);
  put(*store, "b", 10);
  const Reference a = find(*store, "a");
  EXPECT_EQ(a.judge(book), purge::Verdict::kValid);
  book.purge(purge::Purge::of_url(purge::subject_hash("a"), true));
  EXPECT_EQ(a.judge(book), purge::Verdict::kStale);
  EXPECT_EQ(a.judge(book), purge::Verdict::kStale);
  EXPECT_EQ(find(*store, "b").judge(book), purge::Verdict::kValid);
  book.purge(purge::Purge::of_url(purge::subject_hash("b"), false));
  EXPECT_EQ(a.judge(book), purge::Verdict::kStale) << "another purge does not make it valid";
  EXPECT_EQ(find(*store, "b").judge(book), purge::Verdict::kGone);
  std::uint32_t cursor = 0;
  EXPECT_EQ(store->sweep(book, cursor, 1) + store->sweep(book, cursor, 1), 1U);
  EXPECT_FALSE(find(*store, "b"));
  EXPECT_TRUE(find(*store, "a"));
  put(*store, "b", 10, 0, book.sequence());
  EXPECT_EQ(find(*store, "b").judge(book), purge::Verdict::kValid) << "fetched after it";
}

TEST(MemoryStore, references_are_moved_and_made_again) {
  const auto store = store_of(1 << 20);
  put(*store, "a", 10);
  Reference first = find(*store, "a");
  Reference second = std::move(first);
  EXPECT_FALSE(first);
  Reference third = second.again();
  store->remove(second);
  second = Reference();
  EXPECT_EQ(text_of(third.body()), body_of("a", 10));
  EXPECT_FALSE(first.again());
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
