#include "proxy/cache/memory/reference.h"

#include "proxy/cache/memory/memory_store.h"
#include "proxy/cache/memory/reader.h"

namespace headgate::proxy::cache::memory {

entry::Record Reference::record() const {
  return entry::Record(store_->slot(slot_).record);
}

const Body& Reference::body() const {
  return *store_->slot(slot_).body;
}

purge::Verdict Reference::judge(const purge::Book& book) const {
  std::atomic<std::uint64_t>& judged = store_->slot(slot_).judged;
  const std::uint64_t known = judged.load(std::memory_order_relaxed);
  if (known >> 1 == book.sequence()) return (known & 1) != 0 ? purge::Verdict::kStale : purge::Verdict::kValid;
  const entry::Record entry = record();
  const purge::Book::Judgement now = book.judge(entry.subjects(), entry.sequence());
  if (now.verdict == purge::Verdict::kGone) return now.verdict;  // not kept: it is about to be removed
  // Of two workers that judge at once the later store may be the older judgement, which is then made again.
  judged.store(now.sequence << 1 | (now.verdict == purge::Verdict::kStale ? 1 : 0), std::memory_order_relaxed);
  return now.verdict;
}

Reference Reference::again() const {
  if (store_ == nullptr) return {};
  store_->pin(slot_, worker_);
  return {store_, slot_, worker_};
}

void Reference::let_go() {
  store_->unpin(slot_, worker_);
  store_ = nullptr;
}

Reader::Reader(Reference entry) : entry_(std::move(entry)) {
  // A body that is complete needs nobody's place.
  if (entry_.body().state() != Body::State::kFilling) return;
  MemoryStore& store = *entry_.store_;
  const MemoryStore::Lock lock(store.readers_mutex_);
  store.slot(entry_.slot_).body->readers_.push_back(*this);
  listed_ = true;
}

Reader::~Reader() {
  if (!listed_) return;
  const MemoryStore::Lock lock(entry_.store_->readers_mutex_);
  unlink();
}

}  // namespace headgate::proxy::cache::memory
