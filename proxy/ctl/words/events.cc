#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/clock.h"
#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/words/rendering.h"
#include "proxy/ctl/words/words.h"

namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::list;
using namespace std::chrono_literals;

constexpr base::Duration kFollowTurn = 1s;
constexpr int kTimeColumns = 20;
constexpr int kKindColumns = 9;
/// On less than this beside it, the sentence stands alone.
constexpr int kTextColumnsMin = 24;

text::Tone tone_of(const Json& event) {
  const std::string to = client::text(event, "to");
  return to.empty() ? text::Tone::kPlain : text::tone_of_state(to);
}

/// Prints what is new in each answer, whichever process gives it.
class Follower {
 public:
  explicit Follower(const Console& console) : console_(console) {}

  /// The last event that was seen is asked for again: whether it is still the same tells a restart, after which numbers
  /// begin anew.
  std::string path() const { return "/events?after=" + std::to_string(last_number_ == 0 ? 0 : last_number_ - 1); }

  /// False: another process has begun to number anew; ask again from the start.
  bool take(const Json& answer) {
    const Json& events = list(answer, "events");
    const bool is_same =
        last_number_ == 0 ||
        (!events.empty() && (count(events.front(), "number") > last_number_ || events.front() == last_));
    if (!is_same) {
      last_number_ = 0;
      return false;
    }
    for (const Json& event : events) {
      const std::uint64_t number = count(event, "number");
      const std::optional<base::WallTime> at = client::time(event, "at");
      const bool is_old = number <= last_number_ || (at && newest_ && *at < *newest_);
      if (number > last_number_) {
        last_number_ = number;
        last_ = event;
      }
      if (is_old) continue;
      if (at) newest_ = at;
      show(event);
    }
    return true;
  }

  void show(const Json& event) const {
    if (!console_.wants_json()) return console_.print(event_text(event, console_.page()));
    console_.print_raw(text::printable_json(event.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n");
  }

 private:
  const Console& console_;
  std::uint64_t last_number_ = 0;
  Json last_;
  std::optional<base::WallTime> newest_;
};

}  // namespace

std::string event_text(const Json& event, const text::Page& page) {
  const std::optional<base::WallTime> at = client::time(event, "at");
  const std::string time = at ? base::civil_time(*at) + "Z" : "-";
  const std::string kind = text::filled_right(text::cut_end(client::text(event, "kind"), kKindColumns), kKindColumns);
  const bool is_narrow = page.width > 0 && page.width < kTimeColumns + kKindColumns + kTextColumnsMin;
  const std::string start =
      is_narrow ? std::string() : fmt::format("{}  {}  ", text::filled_right(time, kTimeColumns), kind);
  const std::string what = client::text(event, "text");
  // A sentence is worth more lines than one; what follows stands under its beginning.
  std::string out;
  std::string indent = start;
  const int room = page.width_or(1 << 20) - text::columns_of(start);
  for (const std::string& line : text::wrapped(what, room)) {
    out += indent + page.paint(tone_of(event), line) + "\n";
    indent = std::string(static_cast<std::size_t>(text::columns_of(start)), ' ');
  }
  return out;
}

int events(const client::Client& client, const Console& console, bool follow) {
  const std::optional<client::Answer> first = console.ask(client, {.path = "/events"});
  if (!first) return kRefused;
  if (!follow) {
    if (console.wants_json()) {
      console.print_json(*first);
      return kWell;
    }
    std::string out;
    for (const Json& event : list(first->json, "events")) out += event_text(event, console.page());
    console.print(out.empty() ? "Nothing has happened since the start.\n" : out);
    return kWell;
  }
  Follower follower(console);
  follower.take(first->json);
  bool is_away = false;
  while (true) {
    const base::Result<client::Answer> answer = client.ask({.path = follower.path()});
    if (!answer && !is_away) console.complain(answer.error().message + "; reconnecting");
    is_away = !answer;
    if (answer && !answer->is_well()) {
      console.complain(answer->refusal());
      return kRefused;
    }
    if (answer && !follower.take(answer->json)) continue;
    std::this_thread::sleep_for(kFollowTurn);
  }
}

}  // namespace headgate::proxy::ctl::words
