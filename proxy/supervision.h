#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "net/loop.h"
#include "net/timer.h"
#include "proxy/systemd/notifier.h"
#include "proxy/systemd/pulses.h"
#include "proxy/systemd/status_line.h"
#include "proxy/worker.h"

namespace headgate::proxy {

/// What the service manager is told of the daemon, and when: that it serves, reloads or stops, one line of how it is,
/// and, if its watchdog is on, that the control loop and every worker's loop still turn. Belongs to the control thread.
class Supervision {
 public:
  /// `facts` is asked whenever the line may have changed.
  Supervision(net::Loop& loop, base::Log& log, systemd::Notifier& notifier,
              std::function<systemd::StatusFacts()> facts);
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;

  /// Requests are taken. The watchdog begins; `workers` outlive this.
  void started(const std::vector<std::unique_ptr<Worker>>& workers);
  void reload_begins() { notifier_.reloading(); }
  void reload_ended() { notifier_.ready(status()); }
  /// Something that the line tells may have changed: told on the loop's next turn, once for all that changes in this
  /// one.
  void look_again() { loop_.wake_soon(look_); }
  /// A stop begins that may take `at_most`.
  void stopping(base::Duration at_most);

 private:
  std::string status() const { return systemd::status_line(facts_()); }
  void look();
  void next_round();
  net::Loop& loop_;
  base::Log& log_;
  systemd::Notifier& notifier_;
  std::function<systemd::StatusFacts()> facts_;
  net::ReadyHook look_;
  bool tells_ = false;  // from the start to the stop
  const std::vector<std::unique_ptr<Worker>>* workers_ = nullptr;
  systemd::Pulses pulses_{0};
  std::vector<std::uint64_t> asked_;  // by worker
  base::Duration round_{};
  net::Timer next_round_;
};

}  // namespace headgate::proxy
