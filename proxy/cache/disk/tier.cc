#include "proxy/cache/disk/tier.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace headgate::proxy::cache::disk {
namespace {

constexpr std::array<std::string_view, 5> kStateWords = {"opening", "waiting", "on", "off", "closed"};

}  // namespace

std::string_view word_of(State state) {
  return kStateWords[static_cast<std::size_t>(state)];
}

Tier::Tier(Settings settings, Surroundings around)
    : settings_(std::move(settings)),
      around_(std::move(around)),
      geometry_(Geometry::of(settings_.size, settings_.max_object)),
      keeper_(std::make_unique<PurgeKeeper>(around_.book, [this](const base::Error& error) { fail(error, true); })),
      reading_([this] { run_reading(); }),
      writing_([this] { run_writing(); }) {}

Tier::~Tier() {
  end();
}

void Tier::end() {
  if (!writing_.joinable()) return;
  close();
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  reads_changed_.notify_all();
  writes_changed_.notify_all();
  writing_.join();
  reading_.join();
}

bool Tier::may_have(key::Hash hash) {
  if (is_on_.load(std::memory_order_acquire) && index_.find(hash)) return true;
  figures_.misses.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool Tier::might_have(key::Hash hash) const {
  return is_walking_.load(std::memory_order_acquire) || index_.find(hash);
}

bool Tier::load(key::Hash hash, std::string key, std::uint32_t worker, Done done) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kOn || reads_.size() >= kReadsMax) {
    figures_.skipped_reads.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  reads_.emplace_back(Load{hash, std::move(key), worker, std::move(done)});
  reads_changed_.notify_one();
  return true;
}

bool Tier::read_piece(std::shared_ptr<const Object> object, std::uint64_t number, char* out,
                      std::function<void(bool)> done) {
  const std::lock_guard lock(mutex_);
  // What was begun is read on while the tier is closing, from files that stay open for it.
  if (is_ending_ || reads_.size() >= 2 * kReadsMax) {
    figures_.skipped_reads.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  reads_.emplace_back(Piece{std::move(object), number, out, std::move(done)});
  reads_changed_.notify_one();
  return true;
}

void Tier::enqueue(const Lock&, Write write) {
  writes_.push_back(std::move(write));
  writes_changed_.notify_one();
}

/// What lies here of a key is not to be found any more; where it lay.
std::optional<Place> Tier::take_out(const Lock&, key::Hash hash) {
  if (is_walking_ || state_ != State::kOn) {
    touched_.insert(hash.high);
    // Nobody can remember more than that; what lies in the folder is not to be relied on then.
    if (touched_.size() > kTouchedMax && state_ != State::kOn) is_void_ = true;
  }
  if (const auto under_way = incoming_.find(hash.high); under_way != incoming_.end()) under_way->second->fail();
  return index_.erase(hash);
}

/// An older one of its key must not come back after a restart, nor what still waits to be written. There are no more of
/// these than there were objects in the index and in the queue.
void Tier::enqueue_drop(const Lock& lock, key::Hash hash, std::optional<Place> place) {
  if (!place && !keeps_.contains(hash.high)) return;
  ++drops_[hash.high];
  enqueue(lock, Drop{hash, place});
}

void Tier::keep(memory::Reference entry) {
  const key::Hash hash = entry.record().key_hash();
  const std::uint64_t bytes = entry.record().bytes() + entry.body().published();
  const Lock lock(mutex_);
  const std::optional<Place> replaced = take_out(lock, hash);
  if (state_ != State::kOn) return;
  const std::uint64_t pinned_max = around_.memory.memory_bytes() / kPinnedPart;
  if (writes_.size() >= kWritesMax || (pinned_bytes_ != 0 && pinned_bytes_ + bytes > pinned_max)) {
    figures_.skipped_writes.fetch_add(1, std::memory_order_relaxed);
    return enqueue_drop(lock, hash, replaced);
  }
  pinned_bytes_ += bytes;
  ++keeps_[hash.high];
  enqueue(lock, Keep{std::move(entry), hash, replaced, bytes});
}

void Tier::drop(key::Hash hash) {
  const Lock lock(mutex_);
  const std::optional<Place> place = take_out(lock, hash);
  if (state_ != State::kOn) return;
  enqueue_drop(lock, hash, place);
}

std::shared_ptr<Incoming> Tier::begin(std::string record, key::Hash hash, std::uint64_t body_bytes,
                                      Incoming::RoomAgain room_again) {
  if (body_bytes != memory::Body::kUnknown && body_bytes > body_bytes_max()) return nullptr;
  const Lock lock(mutex_);
  if (state_ != State::kOn || incoming_.size() >= kIncomingMax || incoming_.contains(hash.high)) return nullptr;
  auto out = std::make_shared<Incoming>(std::move(record), hash, body_bytes, std::move(room_again));
  incoming_.emplace(hash.high, out);
  return out;
}

void Tier::append(const std::shared_ptr<Incoming>& incoming, std::string_view bytes) {
  incoming->add(bytes);
  arrived(incoming);
}

void Tier::end(const std::shared_ptr<Incoming>& incoming, bool is_whole) {
  incoming->end(is_whole);
  arrived(incoming);
}

void Tier::arrived(const std::shared_ptr<Incoming>& incoming) {
  {
    const Lock lock(mutex_);
    if (state_ == State::kOn) {
      if (!std::exchange(incoming->is_queued_, true)) enqueue(lock, incoming);
      return;
    }
  }
  incoming->fail();
}

/// The disk, or what lies on it, is not to be relied on: nothing is found and nothing is kept from here on. The writing
/// thread tries it again.
void Tier::fail(const base::Error& error, bool loses_purges) {
  figures_.failures.fetch_add(1, std::memory_order_relaxed);
  std::deque<Read> reads;
  base::Duration retry_after{};
  {
    const std::lock_guard lock(mutex_);
    is_void_ = is_void_ || loses_purges;
    if (state_ != State::kOn && state_ != State::kOpening && state_ != State::kWaiting) return;
    is_on_.store(false, std::memory_order_release);
    state_ = State::kOff;
    why_ = error.message;
    retry_after = retry_after_;
    retry_at_ = base::now() + retry_after_;
    retry_after_ = std::min(retry_after_ * 2, kLastRetry);
    segments_.reset();
    reads.swap(reads_);
  }
  writes_changed_.notify_all();
  around_.log(
      base::LogLevel::kError,
      fmt::format("cache {}: disk tier off: {}: {}; the proxy goes on without it. Make room or repair {}; it is "
                  "tried again in {} s, and at a reload",
                  settings_.name, settings_.path, error.message, settings_.path,
                  std::chrono::duration_cast<std::chrono::seconds>(retry_after).count()));
  for (Read& each : reads) {
    if (Load* load = std::get_if<Load>(&each)) load->done({});
    if (Piece* piece = std::get_if<Piece>(&each)) piece->done(false);
  }
}

void Tier::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  writes_changed_.notify_all();
}

void Tier::retry() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOff) return;
    retry_at_ = {};
    retry_after_ = kFirstRetry;
  }
  writes_changed_.notify_all();
}

Status Tier::status() {
  Status out;
  std::shared_ptr<Segments> segments;
  {
    const std::lock_guard lock(mutex_);
    out.state = state_;
    out.why = state_ == State::kOn ? std::string() : why_;
    out.is_walking = is_walking_;
    segments = segments_;
  }
  out.objects = index_.size();
  if (segments != nullptr) out.used_bytes = segments->used_bytes();
  return out;
}

}  // namespace headgate::proxy::cache::disk
