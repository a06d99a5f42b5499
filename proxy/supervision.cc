#include "proxy/supervision.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace headgate::proxy {
namespace {

/// Added to the time that a drain may take: closing the logs and ending the threads.
constexpr base::Duration kStopSlack = std::chrono::seconds(5);

}  // namespace

Supervision::Supervision(net::Loop& loop, base::Log& log, systemd::Notifier& notifier,
                         std::function<systemd::StatusFacts()> facts)
    : loop_(loop),
      log_(log),
      notifier_(notifier),
      facts_(std::move(facts)),
      look_([](void* self) { static_cast<Supervision*>(self)->look(); }, this),
      next_round_(loop.timers(), [](void* self) { static_cast<Supervision*>(self)->next_round(); }, this) {}

void Supervision::started(const std::vector<std::unique_ptr<Worker>>& workers) {
  tells_ = true;
  notifier_.ready(status());
  const std::optional<base::Duration> interval = systemd::Notifier::watchdog_interval();
  if (!interval) return;
  workers_ = &workers;
  pulses_ = systemd::Pulses(workers.size());
  asked_.assign(workers.size(), 0);
  round_ = *interval / 4;
  next_round();
}

void Supervision::look() {
  if (tells_) notifier_.status(status());
}

void Supervision::stopping(base::Duration at_most) {
  tells_ = false;
  notifier_.stopping(fmt::format("stopping: waiting at most {} s for connections that are open",
                                 std::chrono::duration_cast<std::chrono::seconds>(at_most).count()),
                     at_most + kStopSlack);
}

void Supervision::next_round() {
  pulses_.next_round([this](std::size_t worker) { return (*workers_)[worker]->pulse() == asked_[worker]; },
                     [this](std::size_t worker) { (*workers_)[worker]->ask_pulse(++asked_[worker]); });
  for (const std::size_t worker : pulses_.take_changed()) {
    if (pulses_.is_stuck(worker)) {
      log_.error("worker {} stands still: the service manager's watchdog is told nothing until it turns again", worker);
    } else {
      log_.warn("worker {} turns again", worker);
    }
  }
  if (pulses_.are_well()) notifier_.watchdog();
  next_round_.set(loop_.now() + round_);
}

}  // namespace headgate::proxy
