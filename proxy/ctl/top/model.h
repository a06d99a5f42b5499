#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "proxy/ctl/client/json.h"

// What top shows: the daemon's answers of one moment, and what the moment before makes of them. Pure.
namespace headgate::proxy::ctl::top {

/// The answers that make one picture.
struct Answers {
  client::Json status;
  client::Json pools;
  client::Json history;
  client::Json events;
};

struct BackendRow {
  std::string pool;
  std::string id;
  std::string address;
  std::string state;
  std::string why;
  std::string age;  ///< how long it is in that state
  double share_percent = 100;
  std::uint64_t running = 0;
  double requests_per_second = 0;
  double failures_per_second = 0;
  double p95_ms = 0;
  bool has_latency = false;

  /// What it is known by from one picture to the next.
  std::string key() const { return pool + "\n" + id + "\n" + address; }
};

struct PoolRow {
  std::string name;
  std::string balance;
  std::size_t up = 0;
  std::size_t all = 0;
  std::uint64_t running = 0;
  std::uint64_t waiting = 0;
  double requests_per_second = 0;
  double retries_per_second = 0;
};

/// Values of the last seconds, the newest last.
struct Series {
  std::vector<double> requests;
  std::vector<double> errors;  ///< 5xx
  std::vector<double> p50_ms;
  std::vector<double> p95_ms;
  std::vector<double> sent_bytes;
  std::uint64_t connections_open = 0;
};

struct Event {
  std::string time;  ///< "01:04:43"
  std::string text;
  std::string to;  ///< the state that it led to; may be empty
};

struct Model {
  bool is_known = false;  ///< at least one picture came
  std::string title;      ///< "headgate 0.1.0, serving for 3 h"
  std::string state;
  std::string warning;  ///< about the configuration; may be empty
  Series series;
  std::vector<PoolRow> pools;
  std::vector<BackendRow> backends;
  std::vector<Event> events;  ///< the newest first
  std::string trouble;        ///< why there is no newer picture; empty while the daemon answers
  bool is_away = false;       ///< with trouble: nobody answers, in place of a refusal
};

/// Turns answers into pictures, one after the other: rates are of the time between two of them.
class Pictures {
 public:
  /// `now` is monotonic and tells how far apart two answers were, `wall` how old things are.
  Model take(const Answers& answers, base::Time now, base::WallTime wall);

 private:
  struct Counted {
    std::uint64_t process = 0;
    std::map<std::string, std::uint64_t> counts;
    base::Time at;
  };
  /// Growth of a counter a second since the last picture; 0 for one that is new, and after a restart.
  double rate(const std::string& name, std::uint64_t count);

  Counted before_;
  Counted now_;
};

/// `values` as bars, one column each and the newest at the right end, the highest as tall as a line is; `columns` wide.
std::string bars(const std::vector<double>& values, int columns);

}  // namespace headgate::proxy::ctl::top
