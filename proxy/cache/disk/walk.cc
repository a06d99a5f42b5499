#include "proxy/cache/disk/walk.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "proxy/cache/disk/file_io.h"

namespace headgate::proxy::cache::disk {

base::Result<void> Walk::step() {
  if (is_done()) return {};
  Segment& segment = segments_->at(left_[next_]);
  if (!pin_) {
    pin_ = segments_->pin(left_[next_]);
    if (!pin_ || segment.is_walked) {  // it was written anew meanwhile
      leave();
      return {};
    }
    at_ = kHeaderBytes;
  }
  Buffer buffer(kStepBytes);
  const std::uint64_t wanted =
      std::min<std::uint64_t>(kStepBytes, segment.end - std::min<std::uint64_t>(at_, segment.end));
  const base::Result<std::size_t> got = read_at(segment.file.get(), buffer.data(), wanted, at_);
  if (!got) return got.error();
  for (std::uint64_t from = at_;;) {
    const std::uint64_t done = at_ - from;
    // What begins beyond what was read is for the next step.
    if (done > *got || (*got == kStepBytes && *got - done < kHeaderBytes)) return {};
    const std::string_view rest(buffer.data() + done, *got - done);
    const std::optional<ObjectHeader> header = read_object_header(rest, segment.header, at_);
    if (!header || header->end() > segment.end) return end_segment();
    if (!header->is_dead) {
      const std::size_t head_bytes = kHeaderBytes + header->record_bytes;
      if (head_bytes > rest.size()) {
        if (done != 0) return {};  // begins a step of its own
        return end_segment();      // no record is that long
      }
      const base::Result<entry::Record> record =
          entry::Record::parse({rest.data() + kHeaderBytes, header->record_bytes});
      if (record) {
        const base::Result<void> taken = found_(*record, *header, segment);
        if (!taken) return taken;
      }
    }
    at_ = header->end();
  }
}

base::Result<void> Walk::end_segment() {
  Segment& segment = segments_->at(left_[next_]);
  if (at_ != segment.end && ftruncate(segment.file.get(), static_cast<off_t>(at_)) != 0) {
    return base::system_error(errno, "cut off the end of a segment");
  }
  segment.end = at_;
  segments_->become_walked(segment);
  leave();
  return {};
}

void Walk::leave() {
  pin_ = Segments::Pin();
  ++next_;
}

}  // namespace headgate::proxy::cache::disk
