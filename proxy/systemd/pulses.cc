#include "proxy/systemd/pulses.h"

namespace headgate::proxy::systemd {

bool Pulses::are_well() const {
  for (std::size_t i = 0; i < owes_.size(); ++i) {
    if (is_stuck(i)) return false;
  }
  return true;
}

std::vector<std::size_t> Pulses::take_changed() {
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < owes_.size(); ++i) {
    if (stuck_[i] == is_stuck(i)) continue;
    stuck_[i] = is_stuck(i);
    changed.push_back(i);
  }
  return changed;
}

}  // namespace headgate::proxy::systemd
