#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "proxy/cache/disk/file_io.h"
#include "proxy/cache/disk/tier.h"

// The writing thread: opens the folder, and again when the disk had failed; writes what is kept, and lets go.
namespace headgate::proxy::cache::disk {
namespace {

constexpr std::size_t kProbeBytes = 4096;

base::Error in_use(const std::string& path) {
  return {base::ErrorKind::kUnavailable, base::Fault::kUser, "another process has the folder " + path};
}

/// Whether the folder can be written to at all, before anything is promised.
base::Result<void> probe(const std::string& path) {
  const std::string name = path + "/probe";
  const base::OwnedFd file(::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file) return base::system_error(errno, "make a file in " + path);
  base::Result<void> written = write_at(file.get(), std::string(kProbeBytes, 'p'), 0);
  if (written && fdatasync(file.get()) != 0) written = base::system_error(errno, "write to " + path);
  ::unlink(name.c_str());
  return written;
}

}  // namespace

void Tier::run_writing() {
  Lock lock(mutex_);
  base::Time closed_by = base::kNever;
  while (true) {
    if (is_closing_ && closed_by == base::kNever) closed_by = base::now() + kCloseWait;
    if (is_closing_ && (state_ != State::kOn || writes_.empty() || base::now() > closed_by)) break;
    if (state_ != State::kOn) {
      lock.unlock();
      if (appender_ != nullptr || folder_lock_) let_go(State::kOff);
      lock.lock();
      if (base::now() < retry_at_ && !is_closing_) {
        writes_changed_.wait_until(lock, retry_at_);
        continue;
      }
      lock.unlock();
      try_open();
      lock.lock();
      continue;
    }
    if (writes_.empty()) {
      lock.unlock();
      const base::Result<void> flushed = flush();
      if (!flushed) fail(flushed.error(), false);
      lock.lock();
      if (writes_.empty() && state_ == State::kOn && !is_closing_) writes_changed_.wait(lock);
      continue;
    }
    Write next = std::move(writes_.front());
    writes_.pop_front();
    lock.unlock();
    serve(std::move(next));
    lock.lock();
  }
  lock.unlock();
  static_cast<void>(flush());
  let_go(State::kClosed);
}

/// Gives up all that belongs to the folder, as far as it is there, and the folder.
void Tier::let_go(State state) {
  std::deque<Write> writes;
  std::unordered_map<std::uint64_t, std::shared_ptr<Incoming>> incoming;
  bool is_void = false;
  {
    const std::lock_guard lock(mutex_);
    is_on_.store(false, std::memory_order_release);
    if (state == State::kClosed) {
      state_ = state;
      why_ = "it was closed";
    }
    segments_.reset();
    writes.swap(writes_);
    pinned_bytes_ = 0;
    drops_.clear();
    keeps_.clear();
    incoming.swap(incoming_);
    is_walking_ = false;
    is_void = is_void_ && folder_lock_;
  }
  reads_changed_.notify_all();
  for (const auto& [hash, each] : incoming) each->fail();
  appender_.reset();
  dead_.clear();
  index_.clear();
  keeper_->close();
  if (is_void) empty_folder();
  folder_lock_ = base::OwnedFd();
}

void Tier::empty_folder() {
  Segments::remove_all(settings_.path);
  const std::lock_guard lock(mutex_);
  is_void_ = false;
  touched_.clear();
}

void Tier::try_open() {
  base::Result<std::shared_ptr<Segments>> segments = open_folder();
  if (!segments) {
    if (segments.error().kind != base::ErrorKind::kUnavailable) return fail(segments.error(), false);
    bool is_news = false;
    {
      const std::lock_guard lock(mutex_);
      is_news = std::exchange(state_, State::kWaiting) != State::kWaiting;
      why_ = segments.error().message;
      retry_at_ = base::now() + kLockRetry;
    }
    if (!is_news) return;
    around_.log(base::LogLevel::kInfo,
                fmt::format("cache {}: disk tier waits: {}", settings_.name, segments.error().message));
    return;
  }
  make_appender(*segments);
  const std::size_t count = (*segments)->by_age().size();
  {
    const std::lock_guard lock(mutex_);
    segments_ = *segments;
    is_walking_ = count != 0;
    if (count == 0) touched_.clear();
    state_ = State::kOn;
    why_.clear();
    is_on_.store(true, std::memory_order_release);
  }
  reads_changed_.notify_all();
  around_.log(base::LogLevel::kInfo,
              fmt::format("cache {}: disk tier on: {} has {} of {} segments of {} bytes", settings_.name,
                          settings_.path, count, geometry_.segments, geometry_.segment_bytes));
}

base::Result<std::shared_ptr<Segments>> Tier::open_folder() {
  std::error_code failed;
  std::filesystem::create_directories(settings_.path, failed);
  if (failed) return base::system_error(failed.value(), "make the folder " + settings_.path);
  const std::string name = settings_.path + "/lock";
  folder_lock_ = base::OwnedFd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!folder_lock_) return base::system_error(errno, "open " + name);
  if (flock(folder_lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    folder_lock_ = base::OwnedFd();
    return error == EWOULDBLOCK ? in_use(settings_.path) : base::system_error(error, "lock " + name);
  }
  const base::Result<void> probed = probe(settings_.path);
  if (!probed) return probed.error();
  // Purges first: what they name is not to be found for a moment.
  const base::Result<void> purges = keeper_->open(settings_.path + "/purges");
  if (!purges) return purges.error();
  bool is_void = false;
  {
    const std::lock_guard lock(mutex_);
    is_void = is_void_;
  }
  if (is_void) empty_folder();
  return Segments::open(settings_.path, geometry_);
}

void Tier::make_appender(std::shared_ptr<Segments> segments) {
  const auto take_out = [this](key::Hash hash, Place place) {
    const std::lock_guard lock(mutex_);
    const bool is_wanted = index_.was_used(hash, place) || around_.memory.has(hash);
    if (!index_.erase(hash, place) || !is_wanted) return false;
    ++keeps_[hash.high];
    return true;
  };
  const auto give_up = [this](key::Hash hash) { forget_keep(Lock(mutex_), hash); };
  const auto may_stay = [this](const entry::Record& record) {
    return around_.book.judge(record.subjects(), record.sequence()).verdict != purge::Verdict::kGone;
  };
  const auto hash_of = [this](std::string_view key) { return key::hash_of(key, around_.seed); };
  appender_ = std::make_unique<Appender>(std::move(segments), index_, figures_,
                                         Appender::Owner{[this](key::Hash hash, Place place) { publish(hash, place); },
                                                         take_out, give_up, may_stay, hash_of});
}

void Tier::forget_keep(const Lock&, key::Hash hash) {
  const auto found = keeps_.find(hash.high);
  if (found != keeps_.end() && --found->second == 0) keeps_.erase(found);
}

void Tier::publish(key::Hash hash, Place place) {
  const Lock lock(mutex_);
  retry_after_ = kFirstRetry;  // it does write
  forget_keep(lock, hash);
  if (drops_.contains(hash.high) || state_ != State::kOn) {
    dead_.push_back({hash, place});
    return;
  }
  const std::optional<Place> replaced = index_.put(hash, place);
  if (replaced && !(*replaced == place)) dead_.push_back({hash, replaced});
}

base::Result<void> Tier::flush() {
  if (appender_ == nullptr) return {};
  const base::Result<void> flushed = appender_->flush();
  if (!flushed) return flushed;
  for (const Drop& each : std::exchange(dead_, {})) {
    const base::Result<void> killed = appender_->kill(each.hash, *each.place);
    if (!killed) return killed;
  }
  return {};
}

void Tier::serve(Write write) {
  if (appender_ == nullptr) return;  // the disk failed meanwhile
  const base::Result<void> written = std::visit([this](auto& each) { return this->write(each); }, write);
  if (!written) fail(written.error(), false);
}

base::Result<void> Tier::write(Keep& keep) {
  const base::Result<Appender::Outcome> added = appender_->add(keep.entry.record(), keep.entry.body(), keep.hash);
  keep.entry = memory::Reference();
  {
    const std::lock_guard lock(mutex_);
    pinned_bytes_ -= std::min(pinned_bytes_, keep.bytes);
  }
  if (!added) return added.error();
  if (*added != Appender::Outcome::kAdded) forget_keep(Lock(mutex_), keep.hash);
  if (*added == Appender::Outcome::kBusy) figures_.skipped_writes.fetch_add(1, std::memory_order_relaxed);
  if (keep.replaced) dead_.push_back({keep.hash, keep.replaced});
  return {};
}

base::Result<void> Tier::write(const Drop& drop) {
  // What was to be kept of that key before is published, or not, with this in mind.
  const base::Result<void> flushed = flush();
  if (!flushed) return flushed;
  if (drop.is_of_key) {
    const std::lock_guard lock(mutex_);
    const auto found = drops_.find(drop.hash.high);
    if (found != drops_.end() && --found->second == 0) drops_.erase(found);
  }
  if (!drop.place) return {};
  return appender_->kill(drop.hash, *drop.place);
}

base::Result<void> Tier::write(const std::shared_ptr<Incoming>& incoming) {
  {
    const std::lock_guard lock(mutex_);
    incoming->is_queued_ = false;
  }
  const Incoming::Taken taken = incoming->take();
  if (!std::exchange(incoming->has_begun_, true) && !incoming->has_failed()) {
    base::Result<std::optional<Stream>> begun =
        appender_->begin(std::move(incoming->record_), incoming->hash(), incoming->body_bytes_);
    if (!begun) return begun.error();
    incoming->stream_ = std::move(*begun);
    if (!incoming->stream_) {
      figures_.skipped_writes.fetch_add(1, std::memory_order_relaxed);
      incoming->fail();
    }
  }
  if (incoming->stream_ && !taken.bytes.empty() && !incoming->has_failed()) {
    const base::Time begun = base::now();
    const base::Result<bool> appended = incoming->stream_->append(taken.bytes);
    if (!appended) return appended.error();
    figures_.write_latency.record(base::now() - begun);
    if (!*appended) {
      figures_.too_large.add();
      incoming->fail();
    }
  }
  if (!taken.is_ended && !incoming->has_failed()) return {};
  return end_incoming(incoming, taken.is_ended && taken.is_whole && !incoming->has_failed());
}

base::Result<void> Tier::end_incoming(const std::shared_ptr<Incoming>& incoming, bool is_whole) {
  base::Result<void> ended;
  if (std::optional<Stream> stream = std::exchange(incoming->stream_, std::nullopt)) {
    if (is_whole) {
      const std::lock_guard lock(mutex_);
      ++keeps_[incoming->hash().high];
    }
    ended = is_whole ? appender_->finish(*stream) : appender_->abandon(*stream);
  }
  const std::lock_guard lock(mutex_);
  const auto found = incoming_.find(incoming->hash().high);
  if (found != incoming_.end() && found->second == incoming) incoming_.erase(found);
  return ended;
}

}  // namespace headgate::proxy::cache::disk
