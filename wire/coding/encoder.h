#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "wire/coding/coding.h"

namespace headgate::wire::coding {

/// Levels mean what the library of the algorithm means by them. Those above kLevelMax exist and are left out: a piece
/// of a body would hold a worker up for longer than other connections should have to wait.
inline constexpr int kLevelMin = 1;
inline constexpr int kLevelMax = 9;

/// One body on its way into one coding. Begun again for the next, it keeps its memory.
///
///     encoder.begin(level, std::nullopt);
///     Progress step = encoder.encode(piece, Encoder::Aim::kProcess, out);
class Encoder {
 public:
  enum class Aim : std::uint8_t {
    kProcess,  ///< take the bytes; what comes out, comes
    kFlush,    ///< all that was taken can be decoded from what has come out
    kFinish,   ///< that was the body
  };
  struct Progress {
    std::size_t taken = 0;     ///< of the input
    std::size_t produced = 0;  ///< of the room
    bool done = false;         ///< the aim is reached; otherwise ask again, with the rest of the input and new room
  };

  virtual ~Encoder() = default;
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// A new body, whatever became of the last one. `bytes` is its length if that is known. False: out of memory.
  virtual bool begin(int level, std::optional<std::uint64_t> bytes) = 0;
  /// An Error is a failure of the library, which no input can bring about.
  virtual base::Result<Progress> encode(std::string_view input, Aim aim, std::span<char> room) = 0;
  /// What it holds now, as far as it can be known.
  virtual std::size_t memory_bytes() const = 0;
};

/// Not for kIdentity.
std::unique_ptr<Encoder> make_encoder(Coding coding);

/// A bound of memory_bytes(), whatever is encoded at whatever level.
std::size_t memory_max_of(Coding coding);

}  // namespace headgate::wire::coding
