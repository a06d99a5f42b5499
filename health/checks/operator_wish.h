#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace headgate::health::checks {

/// What an operator wants of a backend. The same words in the API and the dashboard.
///
///                     drain                       disable (from each of the others)
///     kEnabled -----------------> kDraining ----------------------------------------> kDisabled
///        ^                           |                                                   |
///        +---------- enable ---------+------------------------- enable ------------------+
enum class Mode : std::uint8_t {
  kEnabled,   ///< takes its share of the requests, or what percent of it the operator says
  kDraining,  ///< goes down to nothing, and then takes no new requests; what runs on it ends by itself
  kDisabled,  ///< takes nothing from now on, whatever happens to the others
};
std::string_view to_string(Mode mode);

/// An operator's wish about one backend: a mode and a percentage of the weight, either at once or in a straight line
/// over some time. Pure: `now` comes in. The line is cut into steps of at least kShortestStep and at least a percent,
/// so that little is published.
class OperatorWish {
 public:
  static constexpr base::Duration kShortestStep = std::chrono::milliseconds(100);

  /// Back to all of its weight: at once, or from what it has now (at least a percent) over that time.
  void enable(base::Time now, base::Duration over);
  /// Down to nothing: at once, or over that time.
  void drain(base::Time now, base::Duration over);
  void disable();
  /// To so many percent of its weight. Only while enabled.
  void set_percent(std::uint32_t percent, base::Time now, base::Duration over);
  /// As an earlier process left it, `left` before its target.
  void inherit(Mode mode, std::uint32_t percent, std::uint32_t target, base::Time now, base::Duration left);
  /// Takes the steps that are due.
  void advance(base::Time now);

  Mode mode() const { return mode_; }
  /// 0 to 100, of the weight that the backend would have.
  std::uint32_t percent() const { return percent_; }
  /// Where it is going; percent() if it is there.
  std::uint32_t target_percent() const { return target_; }
  /// When it will be there; kNever if it is.
  base::Time until() const { return is_moving() ? begun_ + length_ : base::kNever; }
  /// When the next step is due; kNever without one.
  base::Time next_step() const;
  /// Drained to the end.
  bool is_drained() const { return mode_ == Mode::kDraining && percent_ == 0; }
  /// Nothing is wished that would not be so anyway.
  bool is_default() const { return mode_ == Mode::kEnabled && percent_ == 100 && target_ == 100; }

 private:
  bool is_moving() const { return steps_taken_ < steps_; }
  void move(std::uint32_t from, std::uint32_t target, base::Time now, base::Duration over);

  Mode mode_ = Mode::kEnabled;
  std::uint32_t percent_ = 100;
  std::uint32_t from_ = 100;
  std::uint32_t target_ = 100;
  std::uint32_t steps_ = 0;
  std::uint32_t steps_taken_ = 0;
  base::Time begun_;
  base::Duration length_{0};
};

}  // namespace headgate::health::checks
