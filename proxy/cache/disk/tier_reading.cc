#include <fmt/format.h>

#include <utility>

#include "proxy/cache/disk/tier.h"

// The reading thread: what requests wait for, and between that what an earlier process left.
namespace headgate::proxy::cache::disk {

void Tier::run_reading() {
  std::optional<Walk> walk;
  std::shared_ptr<Segments> walked;
  Lock lock(mutex_);
  while (true) {
    if (walked != segments_) {
      walk.reset();
      walked = segments_;
      if (walked != nullptr && is_walking_) {
        walk.emplace(walked, [this, walked](const entry::Record& record, const ObjectHeader& header, Segment& segment) {
          return note_found(walked, record, header, segment);
        });
      }
    }
    if (!reads_.empty()) {
      Read read = std::move(reads_.front());
      reads_.pop_front();
      lock.unlock();
      serve(std::move(read));
    } else if (is_ending_) {
      return;
    } else if (walk) {
      lock.unlock();
      step_walk(*walk);
      if (walk->is_done()) walk.reset();
    } else {
      reads_changed_.wait(lock);
      continue;
    }
    lock.lock();
  }
}

void Tier::serve(Read read) {
  const base::Time begun = base::now();
  if (Load* load = std::get_if<Load>(&read)) {
    load_now(std::move(*load));
  } else {
    Piece& piece = std::get<Piece>(read);
    const base::Result<bool> holds = piece.object->read_piece(piece.number, piece.out);
    if (!holds) fail(holds.error(), false);
    const bool is_good = holds && *holds;
    if (is_good) figures_.read_bytes.add(piece.object->bytes_of_piece(piece.number));
    if (holds && !*holds) figures_.damaged.add();
    piece.done(is_good);
  }
  figures_.read_latency.record(base::now() - begun);
}

void Tier::load_now(Load load) {
  std::shared_ptr<Segments> segments;
  {
    const std::lock_guard lock(mutex_);
    segments = segments_;
  }
  const std::optional<Place> place = segments == nullptr ? std::nullopt : index_.use(load.hash);
  Segments::Pin pin;
  if (place) pin = segments->pin(place->segment);
  if (!pin) {
    figures_.gone.add();
    return load.done({});
  }
  base::Result<std::optional<Object>> object = Object::open(std::move(pin), *place);
  Loaded out;
  base::Result<Loading> loading = Loading::kDamaged;
  if (!object) {
    loading = object.error();
  } else if (*object) {
    const entry::Record record = (*object)->record();
    const bool is_purged = around_.book.judge(record.subjects(), record.sequence()).verdict == purge::Verdict::kGone;
    if (is_purged || record.key() != load.key) {
      figures_.gone.add();
      if (is_purged) drop(load.hash);
      return load.done({});
    }
    loading =
        bring_in(around_.memory, std::make_shared<const Object>(std::move(**object)), load.hash, load.worker, out);
  }
  if (!loading) {
    fail(loading.error(), false);
  } else if (*loading == Loading::kNoRoom) {
    figures_.no_room.add();
  } else if (*loading == Loading::kDamaged && index_.erase(load.hash, *place)) {
    figures_.damaged.add();
    const Lock lock(mutex_);
    enqueue(lock, Drop{load.hash, place, false});
  } else if (*loading == Loading::kDone) {
    // What was dropped meanwhile was taken out of the index first, and then out of memory: one of the two sees the
    // other.
    if (out.kind == Loaded::Kind::kInMemory && !index_.has(load.hash, *place)) {
      around_.memory.remove(load.hash, load.key);
      out = {};
    }
    figures_.hits.add();
  }
  load.done(std::move(out));
}

void Tier::step_walk(Walk& walk) {
  const base::Result<void> stepped = walk.step();
  if (!stepped) return fail(stepped.error(), false);
  if (!walk.is_done()) return;
  {
    const std::lock_guard lock(mutex_);
    is_walking_ = false;
    touched_ = {};
  }
  around_.log(base::LogLevel::kInfo,
              fmt::format("cache {}: disk tier: {} objects are known", settings_.name, index_.size()));
}

base::Result<void> Tier::note_found(const std::shared_ptr<Segments>& segments, const entry::Record& record,
                                    const ObjectHeader& header, Segment& segment) {
  const key::Hash hash = key::hash_of(record.key(), around_.seed);
  const Place place{segment.header.number, header.offset, Place::pages_of(header.end() - header.offset)};
  segment.objects.push_back({hash, header.offset});
  // A number beyond all that the log knows: it was fetched under purges that are lost.
  const bool is_unknown = record.sequence() > around_.book.sequence();
  const bool is_purged = around_.book.judge(record.subjects(), record.sequence()).verdict == purge::Verdict::kGone;
  const std::optional<Place> other = index_.find(hash);
  std::optional<std::uint64_t> other_number;
  if (other) {
    Segments::Pin pin = segments->pin(other->segment);
    if (pin) {
      const base::Result<std::optional<Object>> object = Object::open(std::move(pin), *other);
      if (!object) return object.error();
      if (*object) other_number = (*object)->header().number;
    }
  }
  const Lock lock(mutex_);
  if (segments_ != segments) return {};
  // What this process wrote, or dropped, comes after all that an earlier one did.
  if (is_unknown || is_purged || touched_.contains(hash.high) || (other_number && *other_number > header.number)) {
    enqueue(lock, Drop{hash, place, false});
    return {};
  }
  const std::optional<Place> replaced = index_.put(hash, place);
  if (replaced) enqueue(lock, Drop{hash, replaced, false});
  return {};
}

}  // namespace headgate::proxy::cache::disk
