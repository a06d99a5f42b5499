#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/owned_fd.h"
#include "base/result.h"
#include "proxy/cache/disk/format.h"
#include "proxy/cache/disk/index.h"

namespace headgate::proxy::cache::disk {

/// How a tier divides its size: into segments of one length, the sum of which is never more.
struct Geometry {
  static constexpr std::uint64_t kSegmentBytesMin = std::uint64_t{1} << 20;
  static constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{4} << 30;
  static constexpr std::uint64_t kSegmentsMin = 4;
  static constexpr std::uint64_t kSegmentsAimedAt = 64;

  std::uint64_t segment_bytes = 0;
  std::uint32_t segments = 0;

  /// `max_object`: a body of this length has a place, if it is not above a quarter of `size`.
  static Geometry of(std::uint64_t size, std::uint64_t max_object);
  /// The longest body that has a place, whatever its record.
  std::uint64_t body_bytes_max() const;
};

/// One file of the log. What is not said to be somebody's is set while nobody has it pinned.
struct Segment {
  struct Noted {
    key::Hash hash;
    std::uint64_t offset = 0;
  };
  enum class State : std::uint8_t {
    kUnused,  ///< nothing is in it
    kSealed,  ///< it is read
    kTaken,   ///< it is written to, and read
    kGoing,   ///< it is about to be written anew: nobody may pin it
  };

  SegmentHeader header;  ///< its generation is 0 where there is none
  base::OwnedFd file;
  std::atomic<std::uint64_t> end{0};  ///< behind the last object; the writer's, once it is walked
  std::vector<Noted> objects;         ///< that were written into it; the writer's once it is walked
  bool is_walked = true;              ///< its objects are known
  State state = State::kUnused;
  std::uint32_t pins = 0;
};

/// The files of a tier, and who uses them. Pinning and taking from any thread.
class Segments : public std::enable_shared_from_this<Segments> {
 public:
  /// Keeps a segment, with what is in it, as it is.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept : of_(std::move(other.of_)), segment_(std::exchange(other.segment_, nullptr)) {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(segment_, other.segment_);
      return *this;
    }
    ~Pin();
    explicit operator bool() const { return segment_ != nullptr; }
    const Segment& operator*() const { return *segment_; }
    const Segment* operator->() const { return segment_; }

   private:
    friend class Segments;
    Pin(std::shared_ptr<Segments> of, Segment* segment) : of_(std::move(of)), segment_(segment) {}
    std::shared_ptr<Segments> of_;
    Segment* segment_ = nullptr;
  };

  /// Opens the segments of a folder that the caller has locked; files that are none of this geometry go.
  static base::Result<std::shared_ptr<Segments>> open(const std::string& folder, Geometry geometry);

  const Geometry& geometry() const { return geometry_; }
  /// None where it is about to be written anew.
  Pin pin(std::uint32_t number);
  /// For the thread that walks.
  Segment& at(std::uint32_t number) { return *segments_[number]; }
  /// Those with something in them, the oldest first.
  std::vector<std::uint32_t> by_age();

  /// One to be written to: a sealed one with `room` left, else one that is unused, else the oldest that nobody uses;
  /// these two are kGoing then, the last still full of what it had. Null: all are in use.
  Segment* take(std::uint64_t room);
  /// Makes it empty, of a new generation, with its room reserved on the disk.
  base::Result<void> begin_anew(Segment& segment);
  void seal(Segment& segment);
  /// Of the files, as far as they are written.
  std::uint64_t used_bytes() const;
  void become_walked(Segment& segment);
  /// Takes all files out of the folder.
  static void remove_all(const std::string& folder);

 private:
  Segments(std::string folder, Geometry geometry) : folder_(std::move(folder)), geometry_(geometry) {}
  void unpin(Segment& segment);
  std::string path_of(std::uint32_t number) const;

  std::string folder_;
  Geometry geometry_;
  std::mutex mutex_;
  std::uint64_t newest_ = 0;  // generation
  std::vector<std::unique_ptr<Segment>> segments_;
};

}  // namespace headgate::proxy::cache::disk
