#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headgate::proxy::systemd {

/// Tells the service manager how the daemon is (sd_notify(3), Type=notify). Without NOTIFY_SOCKET in the environment,
/// and while it is silent, every call does nothing. Belongs to the control thread.
class Notifier {
 public:
  /// From now on this process is the service.
  void speak() { silent_ = false; }
  /// From now on another process is the service.
  void be_silent() { silent_ = true; }

  /// Requests are taken; also the end of a reload, whatever came of it.
  void ready(std::string_view status);
  /// A reload begins; ready() ends it.
  void reloading();
  /// One line for `systemctl status`; nothing is sent if it is what was sent last.
  void status(std::string_view status);
  /// The stop begins and may take `at_most`, even if the unit's own limit is shorter.
  void stopping(std::string_view status, base::Duration at_most);
  void watchdog();
  /// Another process is the service's main one from now on.
  void main_pid(pid_t pid);

  /// How often watchdog() is expected at least; none if the unit has no WatchdogSec=.
  static std::optional<base::Duration> watchdog_interval();

 private:
  void send(const std::string& message);
  bool silent_ = false;
  std::string last_status_;
};

}  // namespace headgate::proxy::systemd
