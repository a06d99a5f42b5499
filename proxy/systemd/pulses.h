#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace headgate::proxy::systemd {

/// Judges for the watchdog whether all workers are alive. Pure: it counts rounds and knows no time. Each round every
/// worker that has answered is asked again; one that owes an answer for more than kRoundsMax rounds is stuck.
///
/// With a round each quarter of the watchdog's interval, a worker may stand still for half of it unnoticed, and the
/// service manager acts at most one and a half after a worker got stuck.
class Pulses {
 public:
  static constexpr std::uint32_t kRoundsMax = 2;

  explicit Pulses(std::size_t workers) : owes_(workers, 0), stuck_(workers, false) {}

  /// A new round. `answered(worker)` says whether the worker has answered what it was asked last; `ask(worker)` asks.
  template <class Answered, class Ask>
  void next_round(Answered answered, Ask ask) {
    for (std::size_t i = 0; i < owes_.size(); ++i) {
      if (owes_[i] > 0 && !answered(i)) {
        ++owes_[i];
      } else {
        owes_[i] = 1;
        ask(i);
      }
    }
  }

  bool are_well() const;
  /// Workers that got stuck, or move again, since the last call; ask is_stuck() which of the two.
  std::vector<std::size_t> take_changed();
  bool is_stuck(std::size_t worker) const { return owes_[worker] > kRoundsMax; }

 private:
  std::vector<std::uint32_t> owes_;  // rounds that its answer has been waited for
  std::vector<bool> stuck_;          // as was told last
};

}  // namespace headgate::proxy::systemd
