#include "proxy/steering/log_levels.h"

namespace headgate::proxy::steering {

LogLevels::LogLevels(net::Loop& loop, base::Log& log)
    : loop_(loop),
      log_(log),
      configured_(log.level()),
      timer_(loop.timers(), [](void* self) { static_cast<LogLevels*>(self)->end_wish(); }, this) {}

void LogLevels::configure(base::LogLevel level) {
  configured_ = level;
  if (until_ == base::kNever) log_.set_level(level);
}

void LogLevels::wish(base::LogLevel level, std::optional<base::Duration> length) {
  log_.set_level(level);
  until_ = length ? loop_.now() + *length : base::kNever;
  timer_.set(until_);
}

void LogLevels::end_wish() {
  until_ = base::kNever;
  log_.set_level(configured_);
}

admin::LogLevelRow LogLevels::row() const {
  admin::LogLevelRow row{.level = log_.level(), .configured = configured_, .left = std::nullopt};
  if (until_ != base::kNever) row.left = until_ - loop_.now();
  return row;
}

}  // namespace headgate::proxy::steering
