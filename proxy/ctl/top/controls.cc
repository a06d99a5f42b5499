#include "proxy/ctl/top/controls.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace headgate::proxy::ctl::top {
namespace {

using Kind = Key::Kind;

constexpr int kPage = 10;
constexpr int kOrders = static_cast<int>(Order::kRunning) + 1;

/// What needs a look comes first.
int urgency(const BackendRow& row) {
  if (row.state == "down") return 0;
  if (row.state == "ejected") return 1;
  if (row.state == "draining") return 2;
  return row.state == "up" ? 4 : 3;
}

void move(Controls& controls, const Model& model, int by) {
  const std::vector<BackendRow> rows = sorted(model.backends, controls.order);
  if (rows.empty()) return;
  const int last = static_cast<int>(rows.size()) - 1;
  const int to = std::clamp(chosen_row(rows, controls) + by, 0, last);
  controls.chosen = rows[static_cast<std::size_t>(to)].key();
}

void ask(Controls& controls, const Model& model, words::Operation operation) {
  const std::vector<BackendRow> rows = sorted(model.backends, controls.order);
  const int at = chosen_row(rows, controls);
  if (at < 0) return;
  const BackendRow& row = rows[static_cast<std::size_t>(at)];
  controls.chosen = row.key();  // it stays the same while the question stands
  controls.question = Question{operation, row.pool, row.id};
}

Effect press_character(Controls& controls, const Model& model, char character) {
  switch (character) {
    case 'q':
      return Effect::kQuit;
    case 'p':
      controls.is_paused = !controls.is_paused;
      break;
    case 's':
      controls.order = static_cast<Order>((static_cast<int>(controls.order) + 1) % kOrders);
      break;
    case 'h':
    case '?':
      controls.shows_help = true;
      break;
    case 'j':
      move(controls, model, 1);
      break;
    case 'k':
      move(controls, model, -1);
      break;
    case 'd':
      ask(controls, model, words::Operation::kDrain);
      break;
    case 'e':
      ask(controls, model, words::Operation::kEnable);
      break;
    default:
      break;
  }
  return Effect::kNothing;
}

}  // namespace

std::string_view to_string(Order order) {
  switch (order) {
    case Order::kConfiguration:
      return "configuration";
    case Order::kState:
      return "state";
    case Order::kRequests:
      return "requests";
    case Order::kFailures:
      return "failures";
    case Order::kLatency:
      return "latency";
    case Order::kRunning:
      return "running";
  }
  return "";
}

namespace {

/// Whether one is to stand before the other; false where the order does not say.
bool is_before(const BackendRow& a, const BackendRow& b, Order order) {
  switch (order) {
    case Order::kConfiguration:
      return false;
    case Order::kState:
      return urgency(a) < urgency(b);
    case Order::kRequests:
      return a.requests_per_second > b.requests_per_second;
    case Order::kFailures:
      return a.failures_per_second > b.failures_per_second;
    case Order::kLatency:
      return a.p95_ms > b.p95_ms;
    case Order::kRunning:
      return a.running > b.running;
  }
  return false;
}

}  // namespace

std::vector<BackendRow> sorted(std::vector<BackendRow> rows, Order order) {
  // By their places, so that equals stay in the order of the configuration. (The library's stable_sort is built on a
  // function that it calls deprecated.)
  std::vector<std::size_t> places(rows.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::sort(places.begin(), places.end(), [&rows, order](std::size_t a, std::size_t b) {
    if (is_before(rows[a], rows[b], order)) return true;
    return !is_before(rows[b], rows[a], order) && a < b;
  });
  std::vector<BackendRow> out;
  out.reserve(rows.size());
  for (const std::size_t place : places) out.push_back(std::move(rows[place]));
  return out;
}

int chosen_row(const std::vector<BackendRow>& rows, const Controls& controls) {
  if (rows.empty()) return -1;
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const BackendRow& row) { return row.key() == controls.chosen; });
  return found == rows.end() ? 0 : static_cast<int>(found - rows.begin());
}

Effect press(Controls& controls, const Model& model, const Key& key) {
  if (key.kind == Kind::kInterrupt) return Effect::kQuit;
  if (key.kind == Kind::kSuspend) return Effect::kSuspend;
  if (controls.question) {
    if (key == Key{Kind::kCharacter, 'y'}) return Effect::kOperate;
    controls.question.reset();  // anything else is a no
    return Effect::kNothing;
  }
  if (controls.shows_help) {
    controls.shows_help = false;  // any key leaves it
    return key == Key{Kind::kCharacter, 'q'} ? Effect::kQuit : Effect::kNothing;
  }
  controls.said.clear();
  switch (key.kind) {
    case Kind::kUp:
      move(controls, model, -1);
      break;
    case Kind::kDown:
      move(controls, model, 1);
      break;
    case Kind::kPageUp:
      move(controls, model, -kPage);
      break;
    case Kind::kPageDown:
      move(controls, model, kPage);
      break;
    case Kind::kHome:
      move(controls, model, -static_cast<int>(model.backends.size()));
      break;
    case Kind::kEnd:
      move(controls, model, static_cast<int>(model.backends.size()));
      break;
    case Kind::kCharacter:
      return press_character(controls, model, key.character);
    default:
      break;
  }
  return Effect::kNothing;
}

}  // namespace headgate::proxy::ctl::top
