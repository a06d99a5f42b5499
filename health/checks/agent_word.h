#pragma once
#include <string>
#include <string_view>

#include "wire/load_report/agent.h"

namespace headgate::health::checks {

/// What holds of all that an agent has said, as with HAProxy: "down" until it says "up", "drain" and "maint" until it
/// says "ready"; "0%" is a drain that the next percentage ends. What it does not say stays, also when it falls silent.
class AgentWord {
 public:
  /// `why` may be empty.
  void take(const wire::load_report::AgentReply& reply, std::string_view why) {
    using Operation = wire::load_report::AgentReply::Operation;
    using Administration = wire::load_report::AgentReply::Administration;
    if (reply.operation != Operation::kUnsaid) is_down_ = reply.operation == Operation::kDown;
    if (reply.administration != Administration::kUnsaid) {
      is_drained_ = reply.administration == Administration::kDrain;
      is_disabled_ = reply.administration == Administration::kMaintenance;
    }
    if (reply.percent) has_no_share_ = *reply.percent == 0;
    says_ = "its agent says " + std::string(word());
    if (!why.empty()) says_.append(": ").append(why);
  }

  bool is_down() const { return is_down_; }
  bool is_drained() const { return is_drained_ || has_no_share_; }
  bool is_disabled() const { return is_disabled_; }
  /// "its agent says down: the disk is full".
  const std::string& says() const { return says_; }

 private:
  std::string_view word() const {
    if (is_disabled_) return "maint";
    if (is_drained_) return "drain";
    if (has_no_share_) return "0%";
    return is_down_ ? "down" : "up";
  }

  bool is_down_ = false;
  bool is_drained_ = false;
  bool is_disabled_ = false;
  bool has_no_share_ = false;
  std::string says_;
};

}  // namespace headgate::health::checks
