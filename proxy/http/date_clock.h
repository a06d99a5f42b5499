#pragma once
#include <chrono>
#include <string_view>

#include "base/clock.h"
#include "wire/http/date.h"

namespace headgate::proxy::http {

/// Civil time from the monotonic clock, and the Date field's text, written anew once a second.
class DateClock {
 public:
  /// Valid until the next call. Civil time is read again every second, so a changed clock shows within one.
  std::string_view text(base::Time now) {
    if (now >= next_) refresh(now);
    return {text_, wire::http::kDateBytes};
  }
  base::WallTime wall_time(base::Time now) {
    if (now >= next_) refresh(now);
    return wall_at_refresh_ + (now - refreshed_);
  }

 private:
  void refresh(base::Time now) {
    refreshed_ = now;
    wall_at_refresh_ = base::wall_now();
    const auto second = std::chrono::floor<std::chrono::seconds>(wall_at_refresh_);
    wire::http::write_date(second.time_since_epoch().count(), text_);
    next_ = now + (second + std::chrono::seconds(1) - wall_at_refresh_);
  }

  base::Time next_{};
  base::Time refreshed_{};
  base::WallTime wall_at_refresh_{};
  char text_[wire::http::kDateBytes];
};

}  // namespace headgate::proxy::http
