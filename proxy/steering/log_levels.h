#pragma once
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "net/loop.h"
#include "net/timer.h"
#include "proxy/admin/actions.h"

namespace headgate::proxy::steering {

/// Which level the daemon's log has: the configured one, or for a while the one that an operator wishes. Belongs to the
/// control thread.
class LogLevels {
 public:
  LogLevels(net::Loop& loop, base::Log& log);

  /// By a configuration that was taken over. Ends a wish that was given no time.
  void configure(base::LogLevel level);
  /// Until `length` is over, or without one until the next configure().
  void wish(base::LogLevel level, std::optional<base::Duration> length);
  admin::LogLevelRow row() const;

 private:
  void end_wish();

  net::Loop& loop_;
  base::Log& log_;
  base::LogLevel configured_;
  base::Time until_ = base::kNever;
  net::Timer timer_;
};

}  // namespace headgate::proxy::steering
