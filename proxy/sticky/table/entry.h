#pragma once
#include <cstdint>
#include <string_view>

namespace headgate::proxy::sticky::table {

/// A hash of what a client is known by; the same in every process.
struct Key {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Key&, const Key&) = default;
};
Key key_of(std::string_view text);

/// That a client belongs to a backend.
struct Entry {
  Key key;
  std::uint64_t backend = 0;  ///< its identity
  std::uint32_t seen = 0;     ///< when the client was last there, in seconds since 1970
  friend bool operator==(const Entry&, const Entry&) = default;
};

enum class Change : std::uint8_t { kPut, kRemove };

/// Hears of what changes in a table, in the order of the changes of each key. Called under the lock of a part of it.
class Journal {
 public:
  virtual ~Journal() = default;
  /// The change's number; numbers grow.
  virtual std::uint64_t note(Change change, const Entry& entry) = 0;
};

}  // namespace headgate::proxy::sticky::table
