#pragma once
#include <cstdint>
#include <string_view>

#include "health/checks/finding.h"

namespace headgate::health::checks {

/// What the active checks of one backend say.
///
///                   the first passes                       `rise` pass in a row
///     kUnchecked ---------------------> kPassing <------------------------------- kFailing
///      ^  |  ^                           |   |       `fall` fail in a row          ^  ^  |
///      |  |  |      checks end           |   +------------------------------------+   |  |
///      |  |  +---------------------------+                                            |  |
///      |  +--------------------------- the first fails -----------------------------+  |
///      +-------------------------------- checks end -----------------------------------+
enum class ActiveState : std::uint8_t { kUnchecked, kPassing, kFailing };
std::string_view to_string(ActiveState state);

/// How many results in a row change the state. Both at least 1.
struct Thresholds {
  std::uint32_t fall = 3;
  std::uint32_t rise = 2;
};

/// Counts results, so that one lost packet takes no backend away and one lucky answer brings none back.
class ActiveChecks {
 public:
  /// Counts one result; true if it changed the state. Undecided results count for nothing.
  bool record(Verdict verdict, Thresholds thresholds);
  /// Begins as an earlier process ended, before the first result.
  void inherit(bool passing) { move_to(passing ? ActiveState::kPassing : ActiveState::kFailing); }
  /// There are no checks any more; true if that changed the state.
  bool forget();

  ActiveState state() const { return state_; }
  /// How many results in a row brought the present state about; 0 while unchecked.
  std::uint32_t deciding_run() const { return deciding_run_; }

 private:
  void move_to(ActiveState next);
  ActiveState state_ = ActiveState::kUnchecked;
  std::uint32_t against_ = 0;  // results in a row that speak against the state
  std::uint32_t deciding_run_ = 0;
};

}  // namespace headgate::health::checks
