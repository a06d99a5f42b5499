#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/cache/disk/figures.h"
#include "proxy/cache/disk/file_io.h"
#include "proxy/cache/disk/segments.h"
#include "proxy/cache/disk/stream.h"
#include "proxy/cache/entry/record.h"
#include "proxy/cache/memory/body.h"

namespace headgate::proxy::cache::disk {

/// Writes objects one behind the other into segments, and takes the oldest segment again when there is no other: what
/// is still wanted of it is written once more, the rest is gone. For the one writing thread.
class Appender {
 public:
  /// What it asks of whom it writes for, and tells it.
  struct Owner {
    /// All bytes of an object were given to the system.
    std::function<void(key::Hash, Place)> publish;
    /// Takes an object of the oldest segment out of the index; whether it is to be written once more, and published.
    std::function<bool(key::Hash, Place)> take_out;
    /// One that was to be is not.
    std::function<void(key::Hash)> give_up;
    /// Whether it may be, now that its record is there.
    std::function<bool(const entry::Record&)> may_stay;
    std::function<key::Hash(std::string_view key)> hash_of;
  };
  enum class Outcome : std::uint8_t { kAdded, kTooLarge, kBusy };

  /// Written at a time, and the largest part of objects that are not in the index yet. A larger object is written by
  /// itself.
  static constexpr std::size_t kBufferBytes = 1024 * 1024;
  /// Of objects that are written once more: each, and all of one segment (of which they are at most a quarter).
  static constexpr std::uint64_t kKeptObjectMax = 512 * 1024;
  static constexpr std::uint64_t kKeptMax = 8 * 1024 * 1024;

  Appender(std::shared_ptr<Segments> segments, Index& index, Figures& figures, Owner owner)
      : segments_(std::move(segments)), index_(index), figures_(figures), owner_(std::move(owner)) {}

  /// An object whose body is complete. It is published by this or by a later call.
  base::Result<Outcome> add(const entry::Record& record, const memory::Body& body, key::Hash hash);
  /// Writes and publishes what was added.
  base::Result<void> flush();
  /// Marks an object of that key as dead, if it lies there still and is not the one that the index has.
  base::Result<void> kill(key::Hash hash, Place place);

  /// An object whose body is yet to come, of a length or Body::kUnknown, into a segment of its own until it is whole.
  /// Nothing: all are in use.
  base::Result<std::optional<Stream>> begin(std::string record, key::Hash hash, std::uint64_t body_bytes);
  base::Result<void> finish(Stream& stream);
  base::Result<void> abandon(Stream& stream);

 private:
  struct Pending {
    key::Hash hash;
    Place place;
  };
  struct Kept {
    key::Hash hash;
    std::string sealed;
    std::string body;
  };

  base::Result<bool> make_room(std::uint64_t bytes);
  base::Result<std::vector<Kept>> keep_wanted(Segment& segment, std::uint64_t bytes_max);
  base::Result<bool> read_again(const Segment& segment, Place place, std::uint64_t bytes_max, Kept& out);
  base::Result<void> add_again(const std::vector<Kept>& kept);
  base::Result<Outcome> add_small(std::string_view sealed, std::string_view body, key::Hash hash);
  base::Result<Outcome> add_large(const entry::Record& record, const memory::Body& body, key::Hash hash);
  std::uint64_t next_number();

  std::shared_ptr<Segments> segments_;
  Index& index_;
  Figures& figures_;
  Owner owner_;
  Segment* current_ = nullptr;
  std::string buffer_;  // what comes behind the current segment's end
  std::vector<Pending> pending_;
  std::uint64_t number_ = 0;
};

}  // namespace headgate::proxy::cache::disk
