#pragma once
#include <cstdint>
#include <deque>
#include <string>

#include "base/clock.h"

namespace headgate::proxy::admin {

/// One attempt to load the configuration.
struct Reload {
  base::WallTime at;
  bool accepted = false;
  std::string message;  ///< why it was refused
  base::Duration took{0};
};

/// The last attempts, and how many there were. The first is the start itself.
class ReloadHistory {
 public:
  static constexpr std::size_t kKept = 16;

  void add(Reload reload) {
    ++(reload.accepted ? accepted_ : refused_);
    if (reload.accepted) accepted_at_ = reload.at;
    last_.push_back(std::move(reload));
    if (last_.size() > kKept) last_.pop_front();
  }

  const std::deque<Reload>& last() const { return last_; }  ///< oldest first
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t refused() const { return refused_; }
  /// When the configuration that runs was loaded; the epoch if none was.
  base::WallTime accepted_at() const { return accepted_at_; }

 private:
  std::deque<Reload> last_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  base::WallTime accepted_at_;
};

}  // namespace headgate::proxy::admin
