#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/random.h"
#include "tests/unit/proxy/cache/memory/stored.h"

namespace headgate::proxy::cache::memory {
namespace {

bool is_whole(const Reference& found, const std::string& key) {
  return found.record().key() == key && found.record().field(0).value == key &&
         text_of(found.body()) == body_of(key, found.body().published());
}

/// Every worker does everything at once, in a store that holds a fraction of the keys: whatever is found is what was
/// stored under that key, however long it is kept, and the bound holds all the time.
TEST(MemoryStoreThreads, what_is_found_is_whole_whatever_others_do) {
  constexpr std::uint32_t kWorkers = 4;
  constexpr std::size_t kMemory = 128 * 1024;
  const auto store = store_of(kMemory, 20'000, kWorkers);
  purge::Book book({.subjects = 64, .prefixes = 4});
  std::atomic<bool> wrong{false};
  std::atomic<std::uint64_t> hits{0};
  const auto work = [&](std::uint32_t worker) {
    base::Random random(worker + 1);
    std::vector<std::pair<std::string, Reference>> held;
    std::uint32_t cursor = 0;
    for (int step = 0; step < 6000; ++step) {
      const std::string key = std::to_string(std::min(random.below(150), random.below(150)));
      const std::uint32_t what = random.below(100);
      if (what < 60) {
        if (Reference found = find(*store, key, worker)) {
          hits.fetch_add(1, std::memory_order_relaxed);
          if (!is_whole(found, key)) wrong = true;
          if (found.judge(book) == purge::Verdict::kGone) store->remove(found);
          if (random.below(4) == 0) held.emplace_back(key, std::move(found));
        }
      } else if (what < 85) {
        put(*store, key, random.below(random.below(10) == 0 ? 15'000 : 1500), worker, book.sequence());
      } else if (what < 90) {
        if (Reference found = find(*store, key, worker)) {
          const Made made(key, book.sequence());
          const Reference fresh = store->refresh(found, made.parts(), worker);
          if (fresh && !is_whole(fresh, key)) wrong = true;
        }
      } else if (what < 92) {
        const Made made(key, book.sequence());
        const std::string text = body_of(key, random.below(9000));
        Writer writer = store->begin(made.parts(), made.hash(), text.size(), worker, Visibility::kAtOnce);
        if (writer) writer.append(std::string_view(text).substr(0, text.size() / 2));
        if (Reference found = find(*store, key, worker); found && !is_whole(found, key)) wrong = true;
        if (writer && random.below(2) == 0) {
          writer.append(std::string_view(text).substr(text.size() / 2));
          writer.finish();
        }
      } else if (what < 93) {
        store->remove(hash_of(key), key);
      } else if (what < 96) {
        book.purge(purge::Purge::of_url(purge::subject_hash(key), random.below(2) == 0));
        store->sweep(book, cursor, 32);
      } else if (store->figures().used_bytes > kMemory) {
        wrong = true;
      }
      if (held.size() > 20) {
        const std::size_t which = random.below(static_cast<std::uint32_t>(held.size()));
        if (!is_whole(held[which].second, held[which].first)) wrong = true;
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t worker = 0; worker < kWorkers; ++worker) threads.emplace_back(work, worker);
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(wrong);
  EXPECT_GT(hits.load(), 100U);
  EXPECT_GT(store->figures().discarded, 50U);
  std::uint32_t cursor = 0;
  book.purge(purge::Purge::of_everything(false));
  store->sweep(book, cursor, store->slots());
  EXPECT_EQ(store->figures().entries, 0U);
  EXPECT_LT(store->figures().used_bytes, 100U) << "nothing was lost on the way";
}

/// Readers of four workers follow a body while it is written, some of which becomes too large on the way.
TEST(MemoryStoreThreads, readers_follow_a_body_that_grows) {
  constexpr std::uint32_t kReaders = 3;
  const auto store = store_of(1 << 20, 60'000, kReaders + 1);
  for (std::size_t bytes : {50'000U, 400'000U}) {
    const std::string text = body_of("a", bytes);
    const Made made("a");
    Writer writer = store->begin(made.parts(), made.hash(), Body::kUnknown, 0, Visibility::kAtOnce);
    std::atomic<std::uint32_t> ready{0};
    std::atomic<std::uint32_t> right{0};
    const auto read = [&](std::uint32_t worker) {
      Reader reader(find(*store, "a", worker));
      ready.fetch_add(1);
      std::string got;
      while (!reader.is_at_end() && reader.entry().body().state() != Body::State::kFailed) {
        got += take(reader, 7000);
        std::this_thread::yield();
      }
      if (got == text) right.fetch_add(1);
    };
    std::vector<std::thread> threads;
    for (std::uint32_t i = 1; i <= kReaders; ++i) threads.emplace_back(read, i);
    while (ready.load() < kReaders) std::this_thread::yield();
    for (std::size_t at = 0; at < bytes;) {
      const std::size_t taken = writer.append(std::string_view(text).substr(at, 5000)).bytes;
      at += taken;
      if (taken == 0) std::this_thread::yield();
    }
    EXPECT_EQ(writer.finish(), bytes == 50'000U);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right.load(), kReaders);
  }
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
