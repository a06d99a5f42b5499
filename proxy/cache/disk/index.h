#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "proxy/cache/key/primary.h"

namespace headgate::proxy::cache::disk {

/// Where an object lies.
struct Place {
  std::uint32_t segment = 0;  ///< up to 65535
  std::uint64_t offset = 0;   ///< a multiple of 8 below 16 GiB
  std::uint32_t pages = 0;    ///< of 4 KiB, that it takes; at most 65535 are known of
  friend bool operator==(const Place& a, const Place& b) { return a.segment == b.segment && a.offset == b.offset; }

  static std::uint32_t pages_of(std::uint64_t bytes);
};

/// Which key's object lies where: 16 bytes an object, in tables that are filled to three quarters at most. From any
/// thread; a look-up takes the lock of one of many parts for some instructions. Keys are known by their hash: who reads
/// compares them.
class Index {
 public:
  std::optional<Place> find(key::Hash hash) const;
  /// The same, and it is known from now on that somebody wanted it.
  std::optional<Place> use(key::Hash hash);
  /// Whether somebody did, of the object that lies at this place.
  bool was_used(key::Hash hash, Place place) const;
  bool has(key::Hash hash, Place place) const;
  /// What was there before.
  std::optional<Place> put(key::Hash hash, Place place);
  /// What was there.
  std::optional<Place> erase(key::Hash hash);
  /// False: it is not there (any more).
  bool erase(key::Hash hash, Place place);
  void clear();
  std::size_t size() const;

 private:
  struct Cell {
    std::uint64_t print = 0;  // 0: empty
    std::uint64_t place = 0;
  };
  struct Part {
    mutable std::mutex mutex;
    std::vector<Cell> cells;
    std::size_t used = 0;

    Cell* find(std::uint64_t print);
    void grow();
    void erase(Cell& cell);
  };
  static constexpr std::size_t kParts = 1024;
  Part& part_of(key::Hash hash) const { return (*parts_)[hash.low % kParts]; }

  std::unique_ptr<std::array<Part, kParts>> parts_ = std::make_unique<std::array<Part, kParts>>();
};

}  // namespace headgate::proxy::cache::disk
