#include "proxy/cache/disk/purge_keeper.h"

#include <utility>

namespace headgate::proxy::cache::disk {

PurgeKeeper::PurgeKeeper(purge::Book& book, Failed failed)
    : book_(book), failed_(std::move(failed)), thread_([this] { run(); }) {}

PurgeKeeper::~PurgeKeeper() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::uint64_t PurgeKeeper::purge(const purge::Purge& purge, Done done) {
  const std::lock_guard lock(mutex_);
  purge::Purge numbered = purge;
  // Under the lock, so that they are written in the order of their numbers.
  numbered.sequence = book_.purge(purge);
  if (!was_open_) {
    if (early_.size() == kEarlyMax) early_ = {purge::Purge::of_everything(false)};
    early_.push_back(purge);
  }
  waiting_.push_back({numbered, std::move(done)});
  changed_.notify_all();
  return numbered.sequence;
}

base::Result<void> PurgeKeeper::open(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    is_opening_ = true;
  }
  base::Result<std::unique_ptr<purge::Log>> log = purge::Log::open(path, book_);
  const std::lock_guard lock(mutex_);
  is_opening_ = false;
  const std::vector<purge::Purge> missed = std::exchange(missed_, {});
  if (!log) return log.error();
  log_ = std::move(*log);
  // What the log was opened with is in it; what came after, not.
  for (std::size_t i = 0; i < missed.size(); ++i) waiting_.insert(waiting_.begin() + i, {missed[i], {}});
  if (!was_open_) take_early();
  changed_.notify_all();
  return {};
}

/// What this process purged before it knew how many there had been: once more, with numbers that count against all that
/// an earlier process stored.
void PurgeKeeper::take_early() {
  was_open_ = true;
  for (purge::Purge& each : early_) {
    each.sequence = book_.purge(each);
    waiting_.push_back({each, {}});
  }
  early_ = {};
}

void PurgeKeeper::close() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_writing_ && (waiting_.empty() || log_ == nullptr); });
  log_ = nullptr;
}

bool PurgeKeeper::is_open() {
  const std::lock_guard lock(mutex_);
  return log_ != nullptr;
}

void PurgeKeeper::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Waiting> taken = std::exchange(waiting_, {});
    const std::shared_ptr<purge::Log> log = log_;
    is_writing_ = true;
    lock.unlock();
    std::vector<purge::Purge> purges;
    for (const Waiting& each : taken) purges.push_back(each.purge);
    base::Result<void> kept = base::Error{base::ErrorKind::kUnavailable, base::Fault::kHeadgate, "there is no log"};
    if (log != nullptr) kept = log->keep(purges);
    if (log != nullptr && !kept) failed_(kept.error());
    for (const Waiting& each : taken) {
      if (each.done) each.done(bool(kept));
    }
    lock.lock();
    if (!kept && is_opening_) missed_.insert(missed_.end(), purges.begin(), purges.end());
    if (!kept && log_ == log) log_ = nullptr;
    is_writing_ = false;
    changed_.notify_all();
  }
}

}  // namespace headgate::proxy::cache::disk
