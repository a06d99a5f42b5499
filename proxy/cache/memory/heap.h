#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "proxy/cache/memory/mapping.h"

namespace headgate::proxy::cache::memory {

/// A fixed piece of memory that is given out in parts of any size: the whole of what a store may hold, so that whatever
/// is lost between its parts is inside the bound. Two-level segregated fit (Masmano, Ripoll, Crespo, Real 2004): taking
/// and giving back are some tens of instructions whatever it holds, and neighbours that are free are one part again.
/// Not for two threads at once.
class Heap {
 public:
  static constexpr std::size_t kAlignment = 8;
  static constexpr std::size_t kPartOverhead = 8;  ///< before each part
  static constexpr std::size_t kLeastPart = 32;    ///< with its overhead
  static constexpr std::size_t kBytesMin = 64 * 1024;
  static constexpr std::size_t kBytesMax = std::size_t{1} << 44;

  /// Of `bytes`, rounded down to whole pages, kBytesMin to kBytesMax. The memory becomes the process's when it is first
  /// written. An error where the kernel refuses.
  static base::Result<std::unique_ptr<Heap>> open(std::size_t bytes);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// A part of at least `bytes`, above 0; null if no part as large is free in one piece.
  char* take(std::size_t bytes);
  /// A part of `wanted` bytes or, where there is none, of as many as there are in one piece, at least `least`.
  char* take_up_to(std::size_t wanted, std::size_t least);
  void give_back(char* part);
  /// Gives back what of the part lies beyond its first `bytes`, above 0.
  void shorten(char* part, std::size_t bytes);
  /// What may be written to a part.
  static std::size_t room_of(const char* part);

  std::size_t bytes() const { return bytes_; }
  /// Of parts that are taken, with their overhead and the heap's own frame.
  std::size_t used_bytes() const { return used_; }
  std::size_t free_bytes() const { return bytes_ - used_; }

  /// Whether every part lies where its neighbours say, is listed once if free, and the sums hold. For tests: it walks
  /// through all of it.
  bool is_sound() const;

 private:
  static constexpr int kFineBits = 5;
  static constexpr int kFine = 1 << kFineBits;
  static constexpr int kCoarse = 38;  // sizes below 256 in steps of 8, then powers of two up to 2^44

  struct Place {
    int coarse;
    int fine;
  };

  explicit Heap(Mapping mapping);
  static Place place_of(std::size_t size);
  static Place place_for(std::size_t size);
  char* first_from(Place place) const;
  char* largest() const;
  void list(char* block, std::size_t size);
  void unlist(char* block, std::size_t size);
  char* hand_out(char* block, std::size_t size, std::size_t wanted);
  void merge_and_list(char* block, std::size_t size);

  Mapping mapping_;
  char* memory_;
  std::size_t bytes_;
  std::size_t used_ = 0;
  std::uint64_t coarse_listed_ = 0;
  std::array<std::uint32_t, kCoarse> fine_listed_{};
  std::array<std::array<char*, kFine>, kCoarse> lists_{};
};

}  // namespace headgate::proxy::cache::memory
