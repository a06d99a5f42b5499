#include "wire/http2/flood.h"

#include <algorithm>
#include <chrono>

namespace headgate::wire::http2 {
namespace {

// Bursts are a multiple of what browsers, gRPC and load generators were seen to send; the rates let a connection that
// lives for days go on for days.
constexpr std::array<FloodFacts, static_cast<std::size_t>(Flood::kCount)> kFacts = {{
    {"rapid_reset", "too many streams were reset", 200, 20},
    {"continuation_flood", "a head came in too many CONTINUATION frames", 0, 0},
    {"header_flood", "a head was far over the limit", 0, 0},
    {"empty_frame_flood", "too many frames carried nothing", 100, 10},
    {"ping_flood", "too many PING frames", 100, 10},
    {"settings_flood", "too many SETTINGS frames", 20, 1},
    {"priority_flood", "too many PRIORITY or PRIORITY_UPDATE frames", 200, 50},
    {"window_update_flood", "too many WINDOW_UPDATE frames", 1000, 200},
    {"answer_flood", "too many frames that want an answer, and the answers are not taken", 0, 0},
}};

constexpr std::uint32_t kWindowUpdatesByData = 4;  // two are usual: the stream's and the connection's
constexpr std::uint32_t kPrioritiesByRequest = 3;

}  // namespace

const FloodFacts& facts_of(Flood flood) {
  return kFacts[static_cast<std::size_t>(flood)];
}

FloodGuard::FloodGuard() {
  for (std::size_t i = 0; i < budgets_.size(); ++i) budgets_[i].left = kFacts[i].burst;
}

bool FloodGuard::admit(Flood flood, base::Time now) {
  Budget& budget = budgets_[static_cast<std::size_t>(flood)];
  const FloodFacts& facts = facts_of(flood);
  if (budget.refilled == base::Time{}) budget.refilled = now;
  if (budget.left < facts.burst) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - budget.refilled).count();
    const std::int64_t earned = waited * facts.per_second / 1000;
    if (earned > 0) {
      budget.refilled += std::chrono::milliseconds(earned * 1000 / facts.per_second);
      budget.left = static_cast<std::uint32_t>(std::min<std::int64_t>(facts.burst, budget.left + earned));
    }
  } else {
    budget.refilled = now;
  }
  if (budget.left == 0) return false;
  --budget.left;
  return true;
}

void FloodGuard::credit(Flood flood, std::uint32_t count) {
  Budget& budget = budgets_[static_cast<std::size_t>(flood)];
  budget.left = std::min(facts_of(flood).burst, budget.left + count);
}

void FloodGuard::data_sent() {
  credit(Flood::kWindowUpdates, kWindowUpdatesByData);
  credit(Flood::kPings, 1);
}

void FloodGuard::request_came() {
  credit(Flood::kPriorities, kPrioritiesByRequest);
}

}  // namespace headgate::wire::http2
