#include "proxy/cache/disk/object.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace headgate::proxy::cache::disk {
namespace {

constexpr std::size_t kFirstMin = 4096;
/// Objects up to this size are read in one piece.
constexpr std::size_t kFirstMax = 256 * 1024;

}  // namespace

base::Result<std::optional<Object>> Object::open(Segments::Pin segment, Place place) {
  base::Result<std::optional<Object>> out = open(*segment, place);
  if (out && *out) (*out)->pin_ = std::move(segment);
  return out;
}

base::Result<std::optional<Object>> Object::open(const Segment& segment, Place place) {
  Object out;
  out.segment_ = &segment;
  const base::Result<bool> head = out.read_head(place);
  if (!head) return head.error();
  if (!*head) return std::optional<Object>();
  const base::Result<bool> table = out.read_table();
  if (!table) return table.error();
  if (!*table) return std::optional<Object>();
  return std::optional<Object>(std::move(out));
}

/// From what was read at first, or else from the disk; false where the file ends before.
base::Result<bool> Object::read(std::uint64_t at, char* out, std::size_t bytes) const {
  if (bytes == 0) return true;
  const std::uint64_t from = at - header_.offset;
  if (from + bytes <= first_bytes_) {
    std::memcpy(out, first_.data() + from, bytes);
    return true;
  }
  const base::Result<std::size_t> got = read_at(segment_->file.get(), out, bytes, at);
  if (!got) return got.error();
  return *got == bytes;
}

base::Result<bool> Object::read_head(Place place) {
  const int file = segment_->file.get();
  first_ = Buffer(std::clamp<std::size_t>(std::size_t{place.pages} * 4096, kFirstMin, kFirstMax));
  base::Result<std::size_t> got = read_at(file, first_.data(), first_.size(), place.offset);
  if (!got) return got.error();
  const std::optional<ObjectHeader> header = read_object_header({first_.data(), *got}, segment_->header, place.offset);
  if (!header || header->is_dead) return false;
  header_ = *header;
  const std::size_t head_bytes = kHeaderBytes + header_.record_bytes;
  if (head_bytes > *got) {
    first_ = Buffer(head_bytes);
    got = read_at(file, first_.data(), first_.size(), place.offset);
    if (!got) return got.error();
  }
  first_bytes_ = *got;
  if (head_bytes > first_bytes_) return false;
  const base::Result<entry::Record> record = entry::Record::parse({first_.data() + kHeaderBytes, header_.record_bytes});
  return record && record->bytes() == header_.record_bytes && record->body_bytes() == header_.body_bytes;
}

base::Result<bool> Object::read_table() {
  table_.resize(header_.pieces());
  const std::size_t bytes = table_.size() * sizeof(std::uint64_t);
  const base::Result<bool> got = read(header_.table_at(), reinterpret_cast<char*>(table_.data()), bytes);
  if (!got || !*got) return got;
  return checksum_of_table(table_) == header_.table_checksum;
}

std::uint64_t Object::bytes_of_piece(std::uint64_t number) const {
  return std::min<std::uint64_t>(kPieceBytes, header_.body_bytes - number * kPieceBytes);
}

base::Result<bool> Object::read_piece(std::uint64_t number, char* out) const {
  const std::uint64_t bytes = bytes_of_piece(number);
  const base::Result<bool> got = read(header_.body_at() + number * kPieceBytes, out, bytes);
  if (!got || !*got) return got;
  return checksum_of_piece(header_, number, {out, bytes}) == table_[number];
}

}  // namespace headgate::proxy::cache::disk
