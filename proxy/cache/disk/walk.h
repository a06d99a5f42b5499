#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "proxy/cache/disk/segments.h"
#include "proxy/cache/entry/record.h"

namespace headgate::proxy::cache::disk {

/// Goes through the objects that an earlier process left, in steps, from the oldest segment to the newest, reading
/// heads in sequence. What was torn ends its segment: it is cut off there.
class Walk {
 public:
  /// An object that is alive, with its record; where it lies. Called with its segment pinned.
  using Found = std::function<base::Result<void>(const entry::Record&, const ObjectHeader&, Segment&)>;
  /// Read at a time.
  static constexpr std::size_t kStepBytes = 1024 * 1024;

  Walk(std::shared_ptr<Segments> segments, Found found)
      : segments_(std::move(segments)), found_(std::move(found)), left_(segments_->by_age()) {}

  bool is_done() const { return next_ == left_.size(); }
  /// One read, and what is in it.
  base::Result<void> step();

 private:
  base::Result<void> end_segment();
  void leave();

  std::shared_ptr<Segments> segments_;
  Found found_;
  std::vector<std::uint32_t> left_;
  std::size_t next_ = 0;
  Segments::Pin pin_;
  std::uint64_t at_ = 0;  // in the segment
};

}  // namespace headgate::proxy::cache::disk
