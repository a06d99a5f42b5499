#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/ctl/top/keys.h"
#include "proxy/ctl/top/model.h"
#include "proxy/ctl/words/operate.h"

// What a person at top has chosen, and what a key makes of it. Pure.
namespace headgate::proxy::ctl::top {

enum class Order : std::uint8_t { kConfiguration, kState, kRequests, kFailures, kLatency, kRunning };
std::string_view to_string(Order order);

struct Question {
  words::Operation operation = words::Operation::kDrain;
  std::string pool;
  std::string id;
};

struct Controls {
  std::string chosen = {};  ///< BackendRow::key(); empty: the first
  Order order = Order::kConfiguration;
  bool is_paused = false;
  bool shows_help = false;
  std::optional<Question> question = {};  ///< waits for y or n
  std::string said = {};                  ///< the outcome of the last operation
};

/// What is to be done beside drawing anew.
enum class Effect : std::uint8_t { kNothing, kQuit, kSuspend, kOperate };

/// The rows in the order that is wished for.
std::vector<BackendRow> sorted(std::vector<BackendRow> rows, Order order);
/// The place of the chosen one among them; 0 if it is not there any more, -1 if there are none.
int chosen_row(const std::vector<BackendRow>& rows, const Controls& controls);

/// For kOperate, `controls.question` is what was answered with yes; whoever does it takes it away.
Effect press(Controls& controls, const Model& model, const Key& key);

}  // namespace headgate::proxy::ctl::top
