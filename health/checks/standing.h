#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/config.h"
#include "health/backend_health.h"
#include "health/checks/active.h"
#include "health/checks/agent_word.h"
#include "health/checks/ejection.h"
#include "health/checks/load_share.h"
#include "health/checks/operator_wish.h"
#include "health/checks/slow_start.h"

namespace headgate::health::checks {

/// Where one backend stands, out of everything that is known of it. Pure: `now` comes in, nothing waits.
///
/// What is shown, the first that holds: an operator or its agent disabled it (kDisabled), one of them has drained it or
/// the configuration says `drain: true` (kDraining), its active checks fail or its agent says so (kDown), real traffic
/// threw it out (kEjected), none of them (kUp). It takes requests only if the operator, the configuration and its agent
/// let it. Beneath a wish the rest goes on, so that enabling shows the truth at once. Any state may follow any other; a
/// move to kUp from kDown or kEjected starts slowly, and the operator's share and that of its load come on top.
///
///     kUp <------> kDown        kUp <------> kEjected
///      ^             ^           ^              ^
///      +-- kDraining +           +--------------+-- kDown (fails while ejected; passes again before its time is over)
///          kDisabled
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
  /// The configuration's `drain: true`.
  bool on_configured_drain(bool draining, std::string_view why, const config::Health& settings, base::Time now);
  /// `wish` as it is at `now`; from then on the steps of its way are taken by on_time().
  bool on_wish(const OperatorWish& wish, std::string_view why, const config::Health& settings, base::Time now);

  /// What its agent says of it; of the load that is told with it, on_load() hears.
  bool on_agent(const wire::load_report::AgentReply& reply, std::string_view why, const config::Health& settings,
                base::Time now);
  /// How busy it says it is, 0 to 1; nothing: not known, or no longer.
  bool on_load(std::optional<double> load, const config::Health& settings, base::Time now);

  /// Begins as an earlier process ended; before anything else. What is absent is as it would be anyway.
  struct Inherited {
    std::optional<bool> passes_checks;
    std::string checks_say;
    std::optional<base::Duration> ejected_for;
    std::string ejection_says;
    std::uint32_t ejections = 0;
  };
  void inherit(const Inherited& inherited, base::Time now);
  /// What a later process is told.
  Inherited to_be_inherited(base::Time now) const;

  State state() const { return state_; }
  /// 0 only by an operator's wish.
  std::uint32_t weight_percent() const;
  const LoadShare& load_share() const { return load_share_; }
  const OperatorWish& wish() const { return wish_; }
  const std::string& why() const { return why_; }
  bool is_ejected() const { return ejection_.state() == EjectionState::kOut; }
  std::uint32_t ejections() const { return ejection_.count(); }
  /// When on_time() has something to do; kNever if nothing waits for a time.
  base::Time next_change() const;

 private:
  bool is_down() const { return active_.state() == ActiveState::kFailing || agent_.is_down(); }
  bool is_fit() const { return !is_down() && !is_ejected(); }
  State deserved() const;
  /// After any of its parts changed. `because` explains a move to kUp; the other states explain themselves.
  bool settle(const config::Health& settings, base::Time now, std::string_view because);
  void change_to(State next, std::string_view because);
  bool settle_wishes(const config::Health& settings, base::Time now, std::string_view why);
  /// Why it is kDraining or kDisabled.
  const std::string& wish_says() const;

  ActiveChecks active_;
  Ejection ejection_;
  SlowStart slow_start_;
  OperatorWish wish_;
  AgentWord agent_;
  LoadShare load_share_;
  bool drained_by_configuration_ = false;
  bool was_fit_ = true;
  State state_ = State::kUp;
  std::uint32_t shown_percent_ = 100;
  std::string checks_say_ = "not checked yet";
  std::string ejection_says_;
  std::string operator_says_;
  std::string configuration_says_;
  std::string why_ = checks_say_;
};

}  // namespace headgate::health::checks
