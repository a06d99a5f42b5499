#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace headgate::wire::http2 {

/// Which numbers a client has used for its streams. A later stream closes the numbers below it that were skipped (RFC
/// 9113 section 5.1.1): who uses one of those then breaks the protocol, while a frame for a number that was used may
/// just have crossed a reset. Of the gaps the latest kGaps are remembered.
class StreamNumbers {
 public:
  static constexpr std::size_t kGaps = 8;

  void opened(std::int32_t id) {
    const std::int32_t next = highest_ == 0 ? 1 : highest_ + 2;
    if (id > next) gaps_[gaps_noted_++ % kGaps] = {next, id};
    if (id > highest_) highest_ = id;
  }
  bool was_skipped(std::int32_t id) const {
    for (const Gap& gap : gaps_) {
      if (id >= gap.from && id < gap.to) return true;
    }
    return false;
  }

 private:
  struct Gap {
    std::int32_t from = 0;
    std::int32_t to = 0;
  };
  std::int32_t highest_ = 0;
  std::size_t gaps_noted_ = 0;
  std::array<Gap, kGaps> gaps_{};
};

}  // namespace headgate::wire::http2
