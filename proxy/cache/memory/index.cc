#include "proxy/cache/memory/index.h"

namespace headgate::proxy::cache::memory {

base::Result<Index> Index::open(std::size_t slots) {
  base::Result<Mapping> mapping = Mapping::open(bytes_for(slots));
  if (!mapping) return mapping.error();
  return Index(std::move(*mapping));
}

bool Index::add(key::Hash hash, std::uint32_t slot, std::uint32_t& in_the_way) {
  const std::size_t home = home_of(hash);
  std::size_t at = home;
  for (std::size_t further = 0; further <= kFurtherMax; ++further) {
    for (Word& word : buckets()[at].words) {
      if (word.load(std::memory_order_relaxed) != 0) continue;
      // Counted first: who sees the bucket full looks further.
      for (std::size_t passed = 0, i = home; passed < further; ++passed, i = i + 1 == buckets_ ? 0 : i + 1) {
        buckets()[i].went_further.fetch_add(1, std::memory_order_release);
      }
      word.store(word_of(hash, slot), std::memory_order_seq_cst);
      return true;
    }
    if (++at == buckets_) at = 0;
  }
  in_the_way = slot_of(buckets()[home].words[0].load(std::memory_order_relaxed));
  return false;
}

bool Index::put(key::Hash hash, std::uint32_t slot, std::uint64_t value) {
  const std::uint64_t wanted = word_of(hash, slot);
  std::size_t at = home_of(hash);
  for (std::size_t further = 0; further <= kFurtherMax; ++further) {
    for (Word& word : buckets()[at].words) {
      if (word.load(std::memory_order_relaxed) != wanted) continue;
      // Sequentially consistent, as a reader's pin and its second look are: one of the two sees the other.
      word.store(value, std::memory_order_seq_cst);
      if (value != 0) return true;
      for (std::size_t passed = 0, i = home_of(hash); passed < further; ++passed, i = i + 1 == buckets_ ? 0 : i + 1) {
        buckets()[i].went_further.fetch_sub(1, std::memory_order_release);
      }
      return true;
    }
    if (++at == buckets_) at = 0;
  }
  return false;
}

bool Index::replace(key::Hash hash, std::uint32_t slot, std::uint32_t heir) {
  return put(hash, slot, word_of(hash, heir));
}

bool Index::remove(key::Hash hash, std::uint32_t slot) {
  return put(hash, slot, 0);
}

}  // namespace headgate::proxy::cache::memory
