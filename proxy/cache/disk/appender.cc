#include "proxy/cache/disk/appender.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "proxy/cache/disk/object.h"

namespace headgate::proxy::cache::disk {
namespace {

/// A segment with less than this part of it left is full for small objects.
constexpr std::uint64_t kRestOfSegment = 8;

/// Calls `each` with what a complete body consists of, until that says no.
template <class Each>
base::Result<bool> for_all_of(const memory::Body& body, Each each) {
  const std::uint64_t end = body.published();
  for (std::uint64_t at = 0; at < end;) {
    iovec pieces[8];
    const std::size_t count = body.gather(at, end, pieces);
    for (std::size_t i = 0; i < count; ++i) {
      const base::Result<bool> taken = each({static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len});
      if (!taken || !*taken) return taken;
      at += pieces[i].iov_len;
    }
    if (count == 0) return false;
  }
  return true;
}

}  // namespace

/// Later ones are higher, over restarts as far as the clock is one.
std::uint64_t Appender::next_number() {
  const auto clock = static_cast<std::uint64_t>(base::wall_now().time_since_epoch().count());
  return number_ = std::max(number_ + 1, clock);
}

base::Result<Appender::Outcome> Appender::add(const entry::Record& record, const memory::Body& body, key::Hash hash) {
  const std::uint64_t bytes = object_bytes(record.bytes(), body.published());
  if (bytes > segments_->geometry().segment_bytes - kHeaderBytes) {
    figures_.too_large.add();
    return Outcome::kTooLarge;
  }
  if (bytes > kBufferBytes) return add_large(record, body, hash);
  std::string whole;
  whole.reserve(body.published());
  const base::Result<bool> gathered = for_all_of(body, [&](std::string_view piece) -> base::Result<bool> {
    whole.append(piece);
    return true;
  });
  if (!gathered || !*gathered) return Outcome::kTooLarge;
  return add_small(record.sealed(body.published()), whole, hash);
}

base::Result<Appender::Outcome> Appender::add_small(std::string_view sealed, std::string_view body, key::Hash hash) {
  const std::uint64_t bytes = object_bytes(sealed.size(), body.size());
  const base::Result<bool> room = make_room(bytes);
  if (!room) return room.error();
  if (!*room) return Outcome::kBusy;
  ObjectHeader header;
  header.generation = current_->header.generation;
  header.offset = current_->end + buffer_.size();
  header.number = next_number();
  header.record_bytes = static_cast<std::uint32_t>(sealed.size());
  header.body_bytes = body.size();
  std::vector<std::uint64_t> table;
  for (std::uint64_t i = 0; i < header.pieces(); ++i) {
    table.push_back(checksum_of_piece(header, i, body.substr(i * kPieceBytes, kPieceBytes)));
  }
  header.table_checksum = checksum_of_table(table);
  const std::size_t at = buffer_.size();
  buffer_.resize(at + kHeaderBytes);
  write_header(header, buffer_.data() + at);
  buffer_.append(sealed).append(body);
  buffer_.resize(at + (header.table_at() - header.offset));
  buffer_.append(reinterpret_cast<const char*>(table.data()), table.size() * sizeof table[0]);
  pending_.push_back({hash, {current_->header.number, header.offset, Place::pages_of(bytes)}});
  return Outcome::kAdded;
}

base::Result<Appender::Outcome> Appender::add_large(const entry::Record& record, const memory::Body& body,
                                                    key::Hash hash) {
  const base::Result<bool> room = make_room(object_bytes(record.bytes(), body.published()));
  if (!room) return room.error();
  if (!*room) return Outcome::kBusy;
  const base::Result<void> flushed = flush();
  if (!flushed) return flushed.error();
  Stream stream(*current_, record.sealed(body.published()), hash);
  const base::Result<bool> appended =
      for_all_of(body, [&](std::string_view piece) -> base::Result<bool> { return stream.append(piece); });
  if (!appended) return appended.error();
  if (!*appended) {
    const base::Result<void> cut = stream.abandon();
    return cut ? base::Result<Outcome>(Outcome::kTooLarge) : cut.error();
  }
  const base::Result<Place> place = stream.finish(next_number());
  if (!place) return place.error();
  figures_.written.add();
  figures_.written_bytes.add(current_->end - place->offset);
  owner_.publish(hash, *place);
  return Outcome::kAdded;
}

base::Result<void> Appender::flush() {
  if (pending_.empty()) return {};
  const base::Time begun = base::now();
  const base::Result<void> written = write_at(current_->file.get(), buffer_, current_->end);
  if (!written) return written;
  figures_.write_latency.record(base::now() - begun);
  current_->end += buffer_.size();
  figures_.written.add(pending_.size());
  figures_.written_bytes.add(buffer_.size());
  buffer_.clear();
  for (const Pending& each : pending_) {
    current_->objects.push_back({each.hash, each.place.offset});
    owner_.publish(each.hash, each.place);
  }
  pending_.clear();
  return {};
}

/// In the current segment, or in another that becomes it; false: all are in use.
base::Result<bool> Appender::make_room(std::uint64_t bytes) {
  if (buffer_.size() + bytes > kBufferBytes) {
    const base::Result<void> flushed = flush();
    if (!flushed) return flushed.error();
  }
  const auto fits = [&] {
    return current_ != nullptr && current_->end + buffer_.size() + bytes <= current_->header.segment_bytes;
  };
  if (fits()) return true;
  const base::Result<void> flushed = flush();
  if (!flushed) return flushed.error();
  if (current_ != nullptr) {
    // Writing back begins now, and not when the system runs out of clean memory; what fails in it is told of here.
    if (fdatasync(current_->file.get()) != 0) return base::system_error(errno, "write a segment back to the disk");
    segments_->seal(*current_);
    current_ = nullptr;
  }
  const std::uint64_t segment_bytes = segments_->geometry().segment_bytes;
  Segment* next = segments_->take(std::max(bytes, segment_bytes / kRestOfSegment));
  if (next == nullptr) return false;
  if (next->state == Segment::State::kTaken) {
    current_ = next;
    return true;
  }
  const base::Result<std::vector<Kept>> kept =
      keep_wanted(*next, std::min(segment_bytes / 4, segment_bytes - kHeaderBytes - bytes));
  if (!kept) return kept.error();
  const base::Result<void> begun = segments_->begin_anew(*next);
  if (!begun) return begun.error();
  current_ = next;
  const base::Result<void> added = add_again(*kept);
  if (!added) return added.error();
  return true;
}

base::Result<void> Appender::add_again(const std::vector<Kept>& kept) {
  for (const Kept& each : kept) {
    const base::Result<Outcome> added = add_small(each.sealed, each.body, each.hash);
    if (!added) return added.error();
    if (*added == Outcome::kAdded) {
      figures_.reinserted.add();
    } else {
      owner_.give_up(each.hash);
    }
  }
  return {};
}

/// Takes a segment's objects out of the index; those that are to be written once more, with what they are.
base::Result<std::vector<Appender::Kept>> Appender::keep_wanted(Segment& segment, std::uint64_t bytes_max) {
  std::vector<Kept> out;
  std::uint64_t left = std::min(kKeptMax, bytes_max);
  for (const Segment::Noted& each : segment.objects) {
    const std::optional<Place> place = index_.find(each.hash);
    if (!place || place->segment != segment.header.number || place->offset != each.offset) continue;
    figures_.discarded.add();
    if (!owner_.take_out(each.hash, *place)) continue;
    Kept kept{each.hash, {}, {}};
    const base::Result<bool> read = read_again(segment, *place, left, kept);
    if (!read) return read.error();
    if (!*read) {
      owner_.give_up(each.hash);
      continue;
    }
    left -= object_bytes(kept.sealed.size(), kept.body.size());
    out.push_back(std::move(kept));
  }
  return out;
}

/// False: it is too large, does not hold, or was purged.
base::Result<bool> Appender::read_again(const Segment& segment, Place place, std::uint64_t bytes_max, Kept& out) {
  const base::Result<std::optional<Object>> object = Object::open(segment, place);
  if (!object) return object.error();
  if (!*object || (*object)->body_bytes() > kKeptObjectMax) return false;
  const ObjectHeader& header = (*object)->header();
  if (header.end() - header.offset > bytes_max || !owner_.may_stay((*object)->record())) return false;
  out.sealed = (*object)->record().sealed(header.body_bytes);
  out.body.resize(header.body_bytes);
  for (std::uint64_t i = 0; i < header.pieces(); ++i) {
    const base::Result<bool> piece = (*object)->read_piece(i, out.body.data() + i * kPieceBytes);
    if (!piece || !*piece) return piece;
  }
  return true;
}

base::Result<std::optional<Stream>> Appender::begin(std::string record, key::Hash hash, std::uint64_t body_bytes) {
  const std::uint64_t segment_bytes = segments_->geometry().segment_bytes;
  std::uint64_t bytes = segment_bytes - kHeaderBytes;
  if (body_bytes != memory::Body::kUnknown) bytes = object_bytes(entry::Record(record.data()).bytes(), body_bytes);
  if (bytes > segment_bytes - kHeaderBytes) {
    figures_.too_large.add();
    return std::optional<Stream>();
  }
  Segment* taken = segments_->take(bytes);
  if (taken == nullptr) return std::optional<Stream>();
  if (taken->state != Segment::State::kTaken) {
    const base::Result<std::vector<Kept>> kept = keep_wanted(*taken, segment_bytes / 4);
    if (!kept) return kept.error();
    const base::Result<void> begun = segments_->begin_anew(*taken);
    if (!begun) return begun.error();
    const base::Result<void> added = add_again(*kept);
    if (!added) return added.error();
  }
  return std::optional<Stream>(Stream(*taken, std::move(record), hash));
}

base::Result<void> Appender::finish(Stream& stream) {
  const base::Result<Place> place = stream.finish(next_number());
  if (!place) return place.error();
  figures_.written.add();
  figures_.written_bytes.add(stream.segment().end - place->offset);
  segments_->seal(stream.segment());
  owner_.publish(stream.hash(), *place);
  return {};
}

base::Result<void> Appender::abandon(Stream& stream) {
  figures_.torn.add();
  const base::Result<void> cut = stream.abandon();
  segments_->seal(stream.segment());
  return cut;
}

base::Result<void> Appender::kill(key::Hash hash, Place place) {
  Segments::Pin segment = segments_->pin(place.segment);
  if (!segment) return {};
  const int file = segment->file.get();
  const base::Result<std::optional<Object>> object = Object::open(std::move(segment), place);
  if (!object) return object.error();
  // The segment may have been written anew, and what lies there now be another object, or a newer one of that key.
  if (!*object || !(owner_.hash_of((*object)->record().key()) == hash) || index_.has(hash, place)) return {};
  constexpr std::uint64_t kDead = 1;
  return write_at(file, {reinterpret_cast<const char*>(&kDead), sizeof kDead}, place.offset + kDeadAt);
}

}  // namespace headgate::proxy::cache::disk
