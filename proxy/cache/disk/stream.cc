#include "proxy/cache/disk/stream.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "proxy/cache/disk/file_io.h"
#include "proxy/cache/entry/record.h"

namespace headgate::proxy::cache::disk {

Stream::Stream(Segment& segment, std::string record, key::Hash hash)
    : segment_(&segment), record_(std::move(record)), hash_(hash) {
  header_.generation = segment.header.generation;
  header_.offset = segment.end;
  header_.record_bytes = static_cast<std::uint32_t>(entry::Record(record_.data()).bytes());
}

base::Result<bool> Stream::append(std::string_view bytes) {
  header_.body_bytes = body_bytes_ + bytes.size();
  if (header_.body_bytes > kBodyBytesMax || header_.end() > segment_->header.segment_bytes) return false;
  body_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t some = std::min(bytes.size(), kPieceBytes - piece_.size());
    if (some == kPieceBytes) {
      const base::Result<void> written = write_piece(bytes.substr(0, some));
      if (!written) return written.error();
    } else {
      piece_.append(bytes.substr(0, some));
      if (piece_.size() == kPieceBytes) {
        const base::Result<void> written = write_piece(piece_);
        if (!written) return written.error();
        piece_.clear();
      }
    }
    bytes.remove_prefix(some);
  }
  return true;
}

base::Result<void> Stream::write_piece(std::string_view bytes) {
  const base::Result<void> written = write_at(segment_->file.get(), bytes, header_.body_at() + written_bytes_);
  if (!written) return written;
  table_.push_back(checksum_of_piece(header_, table_.size(), bytes));
  written_bytes_ += bytes.size();
  return {};
}

base::Result<Place> Stream::finish(std::uint64_t number) {
  header_.body_bytes = body_bytes_;
  header_.number = number;
  if (!piece_.empty()) {
    const base::Result<void> written = write_piece(piece_);
    if (!written) return written.error();
  }
  header_.table_checksum = checksum_of_table(table_);
  // The table first: a header stands for all that it speaks of.
  const std::string_view table(reinterpret_cast<const char*>(table_.data()), table_.size() * sizeof table_[0]);
  base::Result<void> written = write_at(segment_->file.get(), table, header_.table_at());
  if (!written) return written.error();
  std::string head(kHeaderBytes, '\0');
  write_header(header_, head.data());
  head += entry::Record(record_.data()).sealed(body_bytes_);
  written = write_at(segment_->file.get(), head, header_.offset);
  if (!written) return written.error();
  segment_->end = header_.end();
  segment_->objects.push_back({hash_, header_.offset});
  return Place{segment_->header.number, header_.offset, Place::pages_of(header_.end() - header_.offset)};
}

base::Result<void> Stream::abandon() {
  if (ftruncate(segment_->file.get(), static_cast<off_t>(header_.offset)) == 0) return {};
  return base::system_error(errno, "cut off an object that is not whole");
}

}  // namespace headgate::proxy::cache::disk
