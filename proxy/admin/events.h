#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace headgate::proxy::admin {

/// Something that happened to the daemon, for people who look later.
struct Event {
  enum class Kind : std::uint8_t { kBackend, kReload, kOperator, kUpgrade, kLogLevel, kTls, kGeoip, kRegion, kDns };

  std::uint64_t number = 0;  ///< from 1 on, without gaps
  base::WallTime at = {};
  Kind kind = Kind::kOperator;
  std::string text = {};  ///< one sentence
  // Empty where they do not apply.
  std::string pool = {};
  std::string backend = {};
  std::string region = {};
  std::string from = {};
  std::string to = {};
  std::string why = {};
};
std::string_view to_string(Event::Kind kind);

/// The last kKept events. Belongs to the control thread.
class Events {
 public:
  static constexpr std::size_t kKept = 500;

  /// Gives it its number.
  void add(Event event) {
    event.number = ++last_number_;
    list_.push_back(std::move(event));
    if (list_.size() > kKept) list_.pop_front();
  }
  const std::deque<Event>& list() const { return list_; }  ///< oldest first
  std::uint64_t last_number() const { return last_number_; }

 private:
  std::deque<Event> list_;
  std::uint64_t last_number_ = 0;
};

}  // namespace headgate::proxy::admin
