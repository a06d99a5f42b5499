#include "proxy/systemd/notifier.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <chrono>

namespace headgate::proxy::systemd {
namespace {

std::int64_t in_us(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

void Notifier::send(const std::string& message) {
  if (!silent_) ::sd_notify(0, message.c_str());
}

void Notifier::ready(std::string_view status) {
  last_status_ = status;
  send(fmt::format("READY=1\nSTATUS={}", status));
}

void Notifier::reloading() {
  // sd_notify(3) wants CLOCK_MONOTONIC, as which steady_clock counts.
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", in_us(base::now().time_since_epoch())));
}

void Notifier::status(std::string_view status) {
  if (status == last_status_) return;
  last_status_ = status;
  send(fmt::format("STATUS={}", status));
}

void Notifier::stopping(std::string_view status, base::Duration at_most) {
  last_status_ = status;
  send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\nSTATUS={}", in_us(at_most), status));
}

void Notifier::watchdog() {
  send("WATCHDOG=1");
}

void Notifier::main_pid(pid_t pid) {
  send(fmt::format("MAINPID={}", pid));
}

std::optional<base::Duration> Notifier::watchdog_interval() {
  std::uint64_t interval_us = 0;
  if (::sd_watchdog_enabled(0, &interval_us) <= 0) return std::nullopt;
  return std::chrono::microseconds(interval_us);
}

}  // namespace headgate::proxy::systemd
