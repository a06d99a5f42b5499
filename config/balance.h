#pragma once
#include <cstdint>

namespace headgate::config {

/// How a pool chooses a backend.
enum class Balance : std::uint8_t { kRoundRobin, kLeastRequests, kRandomTwo, kPeakEwma };

/// `load_feedback`: how backends say how busy they are.
struct LoadFeedback {
  enum class By : std::uint8_t { kOff, kHeader, kAgent };
  By by = By::kOff;
  std::uint16_t port = 0;  ///< of the agent, at each backend's address
  friend bool operator==(const LoadFeedback&, const LoadFeedback&) = default;
};

}  // namespace headgate::config
