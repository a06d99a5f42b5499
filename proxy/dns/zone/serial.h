#pragma once
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace headgate::proxy::dns::zone {

/// Whether serial `a` comes after `b` (RFC 1982 section 3.2), as serials wrap.
constexpr bool is_later(std::uint32_t a, std::uint32_t b) {
  return a != b && a - b < 0x8000'0000u;
}

/// The serial of a zone's SOA record: it moves with each change of what the zone answers, and only forward, over
/// reloads and restarts. It is the second of the epoch at which that was, or one more than before where that is later:
/// a process that begins later begins with a later one, though nothing was kept. One thread moves it on; any reads it.
class Serial {
 public:
  /// Of a zone that nobody has seen yet.
  explicit Serial(base::WallTime now) : value_(seconds_of(now)) {}

  std::uint32_t value() const { return value_.load(std::memory_order_relaxed); }

  /// Something has changed.
  void move_on(base::WallTime now) {
    const std::uint32_t last = value();
    const std::uint32_t wanted = seconds_of(now) + lead_;
    value_.store(is_later(wanted, last) ? wanted : last + 1, std::memory_order_relaxed);
  }

  /// Never is it before `floor`, the serial of a zone file that was written at `written`. Where that is ahead of the
  /// epoch's seconds, as 2026112601 is, it stays as far ahead: what is added is the time since, and so a later process
  /// has a later one here too.
  void stay_above(std::uint32_t floor, base::WallTime written, base::WallTime now) {
    const std::uint32_t since = seconds_of(written < now ? written : now);
    if (is_later(floor, since) && floor - since > lead_) lead_ = floor - since;
    const std::uint32_t wanted = seconds_of(now) + lead_;
    if (is_later(wanted, value())) value_.store(wanted, std::memory_order_relaxed);
  }

 private:
  static std::uint32_t seconds_of(base::WallTime at) {
    return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count());
  }

  std::atomic<std::uint32_t> value_;
  std::uint32_t lead_ = 0;
};

}  // namespace headgate::proxy::dns::zone
