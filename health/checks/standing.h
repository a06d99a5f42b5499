#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/config.h"
#include "health/backend_health.h"
#include "health/checks/active.h"
#include "health/checks/ejection.h"
#include "health/checks/slow_start.h"

namespace headgate::health::checks {

/// Where one backend stands, out of everything that is known of it. Pure: `now` comes in, nothing waits.
///
/// What is shown, the first that holds: an operator drains it (kDraining), its active checks fail (kDown), real traffic
/// threw it out (kEjected), none of them (kUp). Beneath a drain the rest goes on, so that enabling shows the truth at
/// once. Any state may follow any other; a move to kUp from kDown or kEjected starts slowly.
///
///     kUp <------> kDown        kUp <------> kEjected
///      ^             ^           ^              ^
///      +-- kDraining +           +--------------+-- kDown (fails while ejected; passes again before its time is over)
class Standing {
 public:
  /// Each returns whether the state or the weight shown has changed.
  bool on_finding(const Finding& finding, const config::Health& settings, base::Time now);
  /// `room`: whether the pool's cap lets another backend go (see ejections_allowed).
  bool on_errors(std::uint32_t errors, const config::Health& settings, base::Time now, bool room);
  /// Returns from ejection and takes the steps of a slow start that are due.
  bool on_time(const config::Health& settings, base::Time now);
  /// What no longer holds when settings have changed: results of checks that ended, ejections that are off.
  bool on_settings(const config::Health& settings, base::Time now);
  /// Ends an ejection before its time, when fewer may be out.
  bool on_smaller_cap(const config::Health& settings, base::Time now);
  bool on_drain(bool draining, std::string_view why, const config::Health& settings, base::Time now);

  State state() const { return state_; }
  std::uint32_t weight_percent() const { return slow_start_.percent(); }
  const std::string& why() const { return why_; }
  bool is_ejected() const { return ejection_.state() == EjectionState::kOut; }
  std::uint32_t ejections() const { return ejection_.count(); }
  /// When on_time() has something to do; kNever if nothing waits for a time.
  base::Time next_change() const;

 private:
  bool is_fit() const { return active_.state() != ActiveState::kFailing && !is_ejected(); }
  State deserved() const;
  /// After any of its parts changed. `because` explains a move to kUp; the other states explain themselves.
  bool settle(const config::Health& settings, base::Time now, std::string_view because);
  void change_to(State next, std::string_view because);

  ActiveChecks active_;
  Ejection ejection_;
  SlowStart slow_start_;
  bool draining_ = false;
  bool was_fit_ = true;
  State state_ = State::kUp;
  std::uint32_t shown_percent_ = 100;
  std::string checks_say_ = "not checked yet";
  std::string ejection_says_;
  std::string operator_says_;
  std::string why_ = checks_say_;
};

}  // namespace headgate::health::checks
