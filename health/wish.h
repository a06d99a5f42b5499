#pragma once
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "health/checks/operator_wish.h"

namespace headgate::health {

/// What an operator asks for, of all backends of one id.
struct Wish {
  enum class Kind : std::uint8_t { kEnable, kDrain, kDisable, kWeight };
  Kind kind = Kind::kEnable;
  std::uint32_t percent = 100;  ///< of kWeight: 0 to 100
  base::Duration over{0};       ///< in a straight line over this time; not for kDisable
  std::string why = {};         ///< one line for people; empty: a text that says what was asked
};

/// What became of it.
enum class WishOutcome : std::uint8_t {
  kTaken,
  kNoSuchBackend,
  kNotEnabled,  ///< kWeight of a backend that is draining or disabled
};

/// What an operator has wished of a backend, for status pages. The default is what nobody wished otherwise.
struct WishRow {
  checks::Mode mode = checks::Mode::kEnabled;
  std::uint32_t percent = 100;
  std::uint32_t target_percent = 100;
  base::Duration left{0};  ///< until it is there
  std::string why = {};
  base::WallTime since = {};  ///< the epoch if nothing was wished
};

}  // namespace headgate::health
