// What a look-up in the memory tier costs: fills a store with ENTRIES, then looks up COUNT of them in an order without
// pattern, judges each against a book of purges, and takes its head and the pieces of its body. Run under
// `valgrind --tool=callgrind` with two counts; the slope is the instructions of one. Without valgrind it says
// nanoseconds.
//
//     cache_find_bench ENTRIES COUNT
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "proxy/cache/memory/memory_store.h"

int main(int argc, char** argv) {
  using namespace headgate;
  namespace cache = proxy::cache;
  namespace memory = cache::memory;
  if (argc != 3) {
    std::fprintf(stderr, "usage: cache_find_bench ENTRIES COUNT\n");
    return 2;
  }
  const std::size_t entries = std::strtoull(argv[1], nullptr, 10);
  const std::size_t count = std::strtoull(argv[2], nullptr, 10);
  auto store = memory::MemoryStore::open({entries * 2048 + (4 << 20), 1 << 20, 2});
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  cache::purge::Book book;
  wire::http::Fields fields;
  fields.add("Content-Type", "text/css");
  fields.add("ETag", "\"65a0c1d2-78\"");
  cache::entry::Parts parts;
  parts.fields = &fields;
  const std::string body(1024, 'x');
  std::vector<std::string> keys(entries);
  std::vector<cache::key::Hash> hashes(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    keys[i] = "https://www.example.com/assets/" + std::to_string(1'000'000 + i) + ".css";
    hashes[i] = cache::key::hash_of(keys[i], 1);
    parts.key = keys[i];
    memory::Writer writer = (*store)->begin(parts, hashes[i], body.size(), 0, memory::Visibility::kWhenFinished);
    writer.append(body);
    writer.finish();
  }
  base::Random random(1);
  std::size_t found = 0;
  std::size_t bytes = 0;
  const auto started = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t which = random.below(static_cast<std::uint32_t>(entries));
    const memory::Reference hit = (*store)->find(hashes[which], keys[which], 0);
    if (!hit || hit.judge(book) != cache::purge::Verdict::kValid) continue;
    ++found;
    iovec pieces[4];
    bytes += hit.record().http1_head().size() + hit.body().gather(0, hit.body().published(), pieces);
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - started;
  std::printf("%zu entries: %zu of %zu found, %.0f ns each (%zu)\n", entries, found, count,
              took.count() / static_cast<double>(count), bytes);
  return found == count ? 0 : 1;
}
