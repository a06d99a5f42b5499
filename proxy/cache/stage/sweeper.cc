#include "proxy/cache/stage/sweeper.h"

#include <algorithm>

namespace headgate::proxy::cache::stage {

bool Sweeper::step() {
  if (left_ == 0) {
    const std::uint64_t purged = book_.sequence();
    if (purged == swept_up_to_) return false;
    swept_up_to_ = purged;
    left_ = memory_.slots_used();
  }
  for (std::uint32_t done = 0; done < kSlotsAStep && left_ != 0; done += kSlotsALock) {
    const std::uint32_t slots = std::min(kSlotsALock, left_);
    memory_.sweep(book_, cursor_, slots);
    left_ -= slots;
  }
  return left_ != 0 || book_.sequence() != swept_up_to_;
}

}  // namespace headgate::proxy::cache::stage
