#pragma once
#include <cstdint>

#include "config/request/key.h"

namespace headgate::config {

/// How a pool chooses a backend.
enum class Balance : std::uint8_t { kRoundRobin, kLeastRequests, kRandomTwo, kPeakEwma, kHash };

/// `balance: { hash: ... }`: the same backend for what is the same.
struct HashBalance {
  enum class Method : std::uint8_t { kMaglev, kRing };
  request::Key key;
  Method method = Method::kMaglev;
  std::uint32_t max_load_percent = 0;  ///< of an even share, 100 to 1000; 0: no bound
  friend bool operator==(const HashBalance&, const HashBalance&) = default;
};

/// `load_feedback`: how backends say how busy they are.
struct LoadFeedback {
  enum class By : std::uint8_t { kOff, kHeader, kAgent };
  By by = By::kOff;
  std::uint16_t port = 0;  ///< of the agent, at each backend's address
  friend bool operator==(const LoadFeedback&, const LoadFeedback&) = default;
};

}  // namespace headgate::config
