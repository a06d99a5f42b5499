#include "proxy/ctl/words/operate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "base/suggest.h"
#include "config/values.h"
#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/words/rendering.h"

namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::list;
using client::member;
using client::number;
using namespace std::chrono_literals;

constexpr base::Duration kWaitTurn = 500ms;
/// A restart or an upgrade leaves nobody to ask for a moment.
constexpr base::Duration kAbsenceMax = 10s;

base::Error no_such(std::string message) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

/// "within 60 s", "within 5 min"; the text itself if it is no duration, which the daemon refuses.
std::string over_text(const std::string& over) {
  const std::optional<config::Duration> duration = config::parse_duration(over);
  if (!duration) return over;
  if (*duration < 1s) return fmt::format("{} ms", *duration / 1ms);
  return *duration <= 120s ? fmt::format("{} s", *duration / 1s) : text::age_text(*duration);
}

bool is_gradual(const Wish& wish) {
  if (!wish.over) return false;
  return config::parse_duration(*wish.over).value_or(0s) > 0s;
}

/// One BACKEND, or several under one id.
std::vector<Json> backends_in(const Json& answer) {
  if (!member(answer, "backends").is_array()) return {answer};
  const Json& found = list(answer, "backends");
  return {found.begin(), found.end()};
}

/// The operator's percent before the wish, of the same address; 100 if it was not known.
double percent_before(const Json& before, const Json& backend) {
  for (const Json& each : list(before, "backends")) {
    const bool is_same = client::raw_text(each, "pool") == client::raw_text(backend, "pool") &&
                         client::raw_text(each, "id") == client::raw_text(backend, "id") &&
                         client::raw_text(each, "address") == client::raw_text(backend, "address");
    if (!is_same) continue;
    const Json& operation = member(each, "operator");
    const bool is_out = client::text(operation, "mode") != "enabled" && !member(operation, "until").is_string();
    return is_out ? 0 : number(operation, "weight_percent", 100);
  }
  return 100;
}

std::string weight_move(const Wish& wish, double from, double to) {
  return fmt::format("weight goes from {:.0f} to {} within {}", from, text::percent_text(to), over_text(*wish.over));
}

std::string running_text(const Json& backend) {
  const std::uint64_t running = count(backend, "requests_in_flight");
  if (running == 0) return "nothing runs on it";
  return fmt::format("{} on it", text::counted(running, "request runs", "requests run"));
}

std::string sentence(const Wish& wish, const Json& before, const Json& backend) {
  const bool gradual = is_gradual(wish);
  const double from = percent_before(before, backend);
  const std::string state = client::text(backend, "state");
  const std::string why = client::text(backend, "why");
  const std::string condition =
      state == "up" ? "it is up" : fmt::format("but it is {}{}", state, why.empty() ? "" : " (" + why + ")");
  switch (wish.operation) {
    case Operation::kDrain:
      if (gradual) return weight_move(wish, from, 0) + ", then draining; " + running_text(backend);
      return "draining, no new requests; " + running_text(backend);
    case Operation::kDisable:
      return "disabled, out at once; " + running_text(backend);
    case Operation::kEnable:
      if (gradual) return weight_move(wish, from, 100) + "; " + condition;
      return "enabled, with all of its weight; " + condition;
    case Operation::kWeight:
      if (gradual) return weight_move(wish, from, wish.percent.value_or(0)) + "; " + condition;
      return fmt::format("has {} of its weight; {}", text::percent_text(wish.percent.value_or(0)), condition);
  }
  return {};
}

std::string name_of(const Place& place) {
  return text::printable(place.pool + "/" + place.id);
}

/// Waits until nothing runs on a backend; the exit status.
class Waiting {
 public:
  Waiting(const client::Client& client, const Console& console, const Place& place, const Wish& wish)
      : client_(client), console_(console), place_(place), wish_(wish) {}

  int run();

 private:
  /// True if it is over, and status_ says how.
  bool look();
  bool end(int status, const std::string& text);
  std::string since() const { return text::age_text(base::now() - begun_); }

  const client::Client& client_;
  const Console& console_;
  const Place& place_;
  const Wish& wish_;
  const base::Time begun_ = base::now();
  base::Time last_seen_ = begun_;
  Remainder remainder_;
  int status_ = kWell;
};

bool Waiting::end(int status, const std::string& text) {
  console_.clear_progress();
  status_ = status;
  if (status != kWell) {
    console_.complain(text);
  } else if (!console_.wants_json()) {
    console_.print(text + "\n");
  }
  return true;
}

bool Waiting::look() {
  const base::Result<client::Answer> answer = client_.ask({.path = "/pools/" + client::segment(place_.pool)});
  if (!answer) {
    if (base::now() - last_seen_ > kAbsenceMax) return end(kRefused, answer.error().message);
    console_.progress(fmt::format("{}: reconnecting ({})", name_of(place_), since()));
    return false;
  }
  last_seen_ = base::now();
  if (!answer->is_well()) return end(kRefused, answer->refusal());
  remainder_ = remainder_of(answer->json, place_.id);
  if (!remainder_.is_known) return end(kRefused, name_of(place_) + " is not in the configuration any more");
  if (!remainder_.is_leaving) return end(kRefused, name_of(place_) + " was enabled again meanwhile");
  if (remainder_.requests == 0 && remainder_.weight_percent <= 0) {
    if (console_.wants_json()) console_.print_json(*answer);
    return end(kWell, fmt::format("{}: nothing runs on it any more, after {}", name_of(place_), since()));
  }
  console_.progress(fmt::format("{}: weight {}, {}, {} open ({})", name_of(place_),
                                text::percent_text(remainder_.weight_percent),
                                text::counted(remainder_.requests, "request runs", "requests run"),
                                text::counted(remainder_.connections, "connection", "connections"), since()));
  return false;
}

int Waiting::run() {
  while (!look()) {
    if (wish_.wait_at_most && base::now() - begun_ >= *wish_.wait_at_most) {
      end(kRefused, fmt::format("{}: after {} {} on it; it stays as it is", name_of(place_), since(),
                                text::counted(remainder_.requests, "request still runs", "requests still run")));
      break;
    }
    std::this_thread::sleep_for(kWaitTurn);
  }
  return status_;
}

}  // namespace

base::Result<Place> find_backend(const Json& backends, const std::string& written) {
  std::vector<Place> with_id;
  std::vector<std::string> names;
  for (const Json& each : list(backends, "backends")) {
    const Place place{client::raw_text(each, "pool"), client::raw_text(each, "id")};
    if (place.pool + "/" + place.id == written) return place;
    const bool is_new = with_id.empty() || with_id.back().pool != place.pool;  // one name may have several addresses
    if (place.id == written && is_new) with_id.push_back(place);
    names.push_back(place.pool + "/" + place.id);
    names.push_back(place.id);
  }
  if (with_id.size() == 1) return with_id.front();
  if (with_id.size() > 1) {
    std::string list;
    for (const Place& place : with_id) list += (list.empty() ? "" : ", ") + name_of(place);
    return no_such(fmt::format("'{}' is in {} pools: write one of {}", text::printable(written), with_id.size(), list));
  }
  const std::size_t slash = written.find('/');
  if (slash != std::string::npos && slash > 0) return Place{written.substr(0, slash), written.substr(slash + 1)};
  return no_such(fmt::format("no backend '{}'{}; `headgate ctl backends` lists them", text::printable(written),
                             text::printable(base::suggestion_for(written, names))));
}

client::Question question_of(const Wish& wish, const Place& place) {
  static constexpr const char* kPaths[] = {"drain", "enable", "disable", "weight"};
  Json body = Json::object();
  if (wish.over) body["over"] = *wish.over;
  if (!wish.why.empty()) body["why"] = wish.why;
  if (wish.operation == Operation::kWeight) body["percent"] = wish.percent.value_or(0);
  return {.path = fmt::format("/pools/{}/backends/{}/{}", client::segment(place.pool), client::segment(place.id),
                              kPaths[static_cast<std::size_t>(wish.operation)]),
          .method = "POST",
          .body = std::move(body)};
}

std::string operation_text(const Wish& wish, const Json& before, const Json& answer, const text::Page& page) {
  std::string out;
  const std::vector<Json> backends = backends_in(answer);
  for (const Json& backend : backends) {
    std::string name = client::text(backend, "pool") + "/" + client::text(backend, "id");
    if (backends.size() > 1) name += " (" + client::text(backend, "address") + ")";
    const std::string whole = name + ": " + sentence(wish, before, backend);
    for (const std::string& line : text::wrapped(whole, page.width_or(1 << 20))) out += line + "\n";
  }
  return out;
}

Remainder remainder_of(const Json& pool, std::string_view id) {
  Remainder out;
  for (const Json& each : list(pool, "backends")) {
    if (client::raw_text(each, "id") != id) continue;
    const Json& operation = member(each, "operator");
    const std::string mode = client::text(operation, "mode");
    const bool is_gone = mode == "disabled" || (mode == "draining" && !member(operation, "until").is_string());
    out.is_known = true;
    out.requests += count(each, "requests_in_flight");
    out.connections += count(each, "connections_open");
    if (!is_gone) out.weight_percent = std::max(out.weight_percent, number(operation, "weight_percent", 100));
    out.is_leaving = out.is_leaving || mode != "enabled" || number(operation, "target_percent", 100) <= 0;
  }
  return out;
}

int operate(const client::Client& client, const Console& console, const Wish& wish) {
  const std::optional<client::Answer> before = console.ask(client, {.path = "/backends"});
  if (!before) return kRefused;
  const base::Result<Place> place = find_backend(before->json, wish.backend);
  if (!place) {
    console.complain(place.error().message);
    return kRefused;
  }
  const std::optional<client::Answer> answer = console.ask(client, question_of(wish, *place));
  if (!answer) return kRefused;
  if (!console.wants_json()) {
    console.print(operation_text(wish, before->json, answer->json, console.page()));
  } else if (!wish.wait) {
    console.print_json(*answer);
  }
  return wish.wait ? Waiting(client, console, *place, wish).run() : kWell;
}

}  // namespace headgate::proxy::ctl::words
