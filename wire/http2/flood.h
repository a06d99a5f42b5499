#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace headgate::wire::http2 {

/// Ways in which a peer makes work for nothing. Each ends the connection with ENHANCE_YOUR_CALM (RFC 9113 section
/// 10.5).
enum class Flood : std::uint8_t {
  kResets,         ///< requests that are cancelled, or spoilt so that they are reset, one after the other
  kContinuations,  ///< frames of one head
  kHead,           ///< bytes of one head, once unpacked
  kEmptyFrames,    ///< frames that carry nothing
  kPings,
  kSettings,
  kPriorities,  ///< PRIORITY and PRIORITY_UPDATE
  kWindowUpdates,
  kAnswers,  ///< frames that must be answered by one that does not take the answers
  kCount,
};

struct FloodFacts {
  std::string_view name;  ///< "rapid_reset": the word in metrics and logs
  std::string_view sentence;
  std::uint32_t burst = 0;       ///< this many at once; 0: not counted over time
  std::uint32_t per_second = 0;  ///< and this many in each second
};
const FloodFacts& facts_of(Flood flood);

/// Counts frames against their budgets: each kind has a burst that refills over time, and by what headgate itself sent
/// where the frames of an honest peer come with it. Pure.
class FloodGuard {
 public:
  FloodGuard();

  /// One more of a kind that is counted over time; false: that is a flood.
  bool admit(Flood flood, base::Time now);
  /// A frame of DATA went out, which a peer may answer by window updates, and by a ping to measure its bandwidth.
  void data_sent();
  /// A request came, which may come with a word about its priority.
  void request_came();

 private:
  struct Budget {
    std::uint32_t left = 0;
    base::Time refilled{};
  };
  void credit(Flood flood, std::uint32_t count);
  std::array<Budget, static_cast<std::size_t>(Flood::kCount)> budgets_;
};

}  // namespace headgate::wire::http2
