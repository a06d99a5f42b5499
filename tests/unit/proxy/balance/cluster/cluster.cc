#include "tests/unit/proxy/balance/cluster/cluster.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <queue>
#include <utility>

#include "base/random.h"
#include "health/checks/ejection.h"
#include "health/checks/standing.h"
#include "proxy/balance/choose/hash_member.h"
#include "tests/unit/proxy/balance/pool_under_test.h"

namespace headgate::proxy::balance::cluster {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using health::checks::Standing;
using health::checks::Verdict;

constexpr std::size_t kWorkers = 4;
constexpr double kRequestsASecond = 720;
constexpr std::uint32_t kClients = 5000;
constexpr int kServers = 4;  // requests that a backend works on at a time; the others wait
constexpr Duration kWork = 10ms;
constexpr int kSlowness = 4;
constexpr Duration kRefusal = 300us;
constexpr Duration kConnectTimeout = 500ms;
constexpr Duration kFlapHalf = 3s;
constexpr int kAttemptsMax = 2;
/// As attempt.cc has it: what fails fast must not look fast.
constexpr Duration kFailureLatency = 1s;

config::Health settings_of_health() {
  config::Health out;
  out.check = config::TcpCheck{};
  out.interval = 1s;
  out.timeout = kConnectTimeout;
  out.fall = 3;
  out.rise = 2;
  out.outlier = config::Outlier{.errors = 5, .window = 10s, .eject = 5s};
  return out;
}

class Play {
 public:
  Play(const Way& way, std::uint64_t seed) : random_(seed), under_test_(kWorkers) {
    under_test_.draft.settings.balance = way.balance;
    under_test_.draft.settings.hash.method = way.method;
    under_test_.draft.settings.hash.max_load_percent = way.max_load_percent;
    for (std::size_t i = 0; i < kBackends; ++i) under_test_.add();
    under_test_.publish();
    for (std::size_t i = 0; i < kWorkers; ++i) {
      workers_.push_back(std::make_unique<WorkerPool>(loop_, under_test_.pool, i, seed + i));
    }
  }

  Outcome run() {
    at(0s, [this] { arrive(); });
    for (std::size_t i = 0; i < kBackends; ++i) at(i * 100ms, [this, i] { check(i); });
    at(0s, [this] { tick(); });
    while (!events_.empty()) {
      // What std::priority_queue shows is const; it goes right away.
      Event next = std::move(const_cast<Event&>(events_.top()));
      events_.pop();
      now_ = next.when;
      next.happen();
    }
    std::ranges::sort(outcome_.latencies_ms);
    return std::move(outcome_);
  }

 private:
  struct Event {
    base::Time when;
    std::uint64_t number;  // who is equally early came first
    std::function<void()> happen;
    bool operator<(const Event& other) const { return when != other.when ? when > other.when : number > other.number; }
  };
  struct Request {
    base::Time came;
    base::Time sent;
    std::size_t worker = 0;
    std::uint64_t key = 0;
    int attempts = 0;
    std::size_t backend = 0;
    Lease lease;
  };
  using RequestHere = std::shared_ptr<Request>;
  struct Backend {
    Standing standing;
    choose::PeakEwma latency;
    int busy = 0;
    std::deque<RequestHere> waiting;
  };

  void at(Duration after, std::function<void()> happen) {
    events_.push({now_ + after, ++events_made_, std::move(happen)});
  }
  /// Of an exponential distribution.
  Duration by_chance(Duration mean) {
    const double uniform = (static_cast<double>(random_.next() >> 11) + 1) * 0x1p-53;
    return std::chrono::duration_cast<Duration>(mean * -std::log(uniform));
  }
  Duration since_begin() const { return now_ - base::Time{}; }
  bool is_over() const { return since_begin() >= kLength; }
  bool refuses(std::size_t backend) const { return backend == kFlapping && since_begin() / kFlapHalf % 2 == 1; }
  bool is_dead(std::size_t backend) const { return backend == kDead && since_begin() >= kDeath; }

  void arrive() {
    if (is_over()) return;
    auto request = std::make_shared<Request>();
    request->came = now_;
    request->worker = random_.below(kWorkers);
    request->key = choose::mixed(random_.below(kClients));
    ++outcome_.requests;
    send(request, nullptr);
    const auto between = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / kRequestsASecond));
    at(by_chance(between), [this] { arrive(); });
  }

  void send(const RequestHere& request, const balance::Backend* avoid) {
    // A pool reads the machine's clock, and so is shown latencies as they have faded by this one.
    for (std::size_t i = 0; i < kBackends; ++i) {
      choose::PeakEwma& shown = under_test_.backend(i).latency;
      const double latency = backends_[i].latency.latency(now_);
      std::destroy_at(&shown);
      std::construct_at(&shown);
      if (latency > 0) shown.observe(Duration(static_cast<std::int64_t>(latency)), base::now());
    }
    request->lease = workers_[request->worker]->try_acquire(Wish{avoid, request->key});
    if (!request->lease) {
      ++outcome_.failed;
      return;
    }
    for (std::size_t i = 0; i < kBackends; ++i) {
      if (&under_test_.backend(i) == &request->lease.backend()) request->backend = i;
    }
    request->sent = now_;
    ++request->attempts;
    ++outcome_.attempts[request->backend];
    if (request->backend == kDead && backends_[kDead].standing.state() == health::State::kDown)
      ++outcome_.to_known_dead;
    if (is_dead(request->backend)) return at(kConnectTimeout, [this, request] { fail(request); });
    if (refuses(request->backend)) return at(kRefusal, [this, request] { fail(request); });
    backends_[request->backend].waiting.push_back(request);
    work(request->backend);
  }

  void work(std::size_t number) {
    Backend& backend = backends_[number];
    while (backend.busy < kServers && !backend.waiting.empty()) {
      const RequestHere request = std::move(backend.waiting.front());
      backend.waiting.pop_front();
      ++backend.busy;
      at(by_chance(number == kSlow ? kWork * kSlowness : kWork), [this, request] { answer(request); });
    }
  }

  void answer(const RequestHere& request) {
    Backend& backend = backends_[request->backend];
    backend.latency.observe(now_ - request->sent, now_);
    --backend.busy;
    request->lease.release();
    outcome_.latencies_ms.push_back(std::chrono::duration<double, std::milli>(now_ - request->came).count());
    work(request->backend);
  }

  void fail(const RequestHere& request) {
    const std::size_t number = request->backend;
    backends_[number].latency.observe(std::max(now_ - request->sent, kFailureLatency), now_);
    request->lease.release();
    std::uint32_t out = 0;
    for (const Backend& each : backends_) out += each.standing.is_ejected() ? 1 : 0;
    const bool has_room = out < health::checks::ejections_allowed(kBackends, settings_.outlier->max_ejected_percent);
    show(number, backends_[number].standing.on_errors(1, settings_, now_, has_room));
    if (request->attempts == kAttemptsMax) {
      ++outcome_.failed;
    } else {
      send(request, &under_test_.backend(number));
    }
  }

  void check(std::size_t number) {
    if (is_over()) return;
    const bool passes = !is_dead(number) && !refuses(number);
    at(is_dead(number) ? settings_.timeout : kRefusal, [this, number, passes] {
      const health::checks::Finding finding{passes ? Verdict::kPassed : Verdict::kFailed, "a check"};
      show(number, backends_[number].standing.on_finding(finding, settings_, now_));
    });
    at(settings_.interval, [this, number] { check(number); });
  }

  void tick() {
    if (is_over()) return;
    for (std::size_t i = 0; i < kBackends; ++i) show(i, backends_[i].standing.on_time(settings_, now_));
    at(50ms, [this] { tick(); });
  }

  void show(std::size_t number, bool has_changed) {
    const Standing& standing = backends_[number].standing;
    if (has_changed) under_test_.set_state(number, standing.state(), standing.weight_percent());
  }

  base::Random random_;
  const config::Health settings_ = settings_of_health();
  PoolUnderTest under_test_;
  net::Loop loop_;
  std::vector<std::unique_ptr<WorkerPool>> workers_;
  std::array<Backend, kBackends> backends_;
  std::priority_queue<Event> events_;
  std::uint64_t events_made_ = 0;
  base::Time now_{};
  Outcome outcome_;
};

}  // namespace

const std::vector<Way>& ways() {
  using config::Balance;
  using Method = config::HashBalance::Method;
  static const std::vector<Way> kWays = {
      {"round_robin", Balance::kRoundRobin},
      {"random_two", Balance::kRandomTwo},
      {"least_requests", Balance::kLeastRequests},
      {"peak_ewma", Balance::kPeakEwma},
      {"hash, maglev", Balance::kHash},
      {"hash, maglev, max_load 125%", Balance::kHash, Method::kMaglev, 125},
      {"hash, ring", Balance::kHash, Method::kRing},
  };
  return kWays;
}

double Outcome::share(std::size_t backend) const {
  double all = 0;
  for (const std::uint64_t each : attempts) all += static_cast<double>(each);
  return static_cast<double>(attempts[backend]) / all;
}

double Outcome::latency_ms(double quantile) const {
  if (latencies_ms.empty()) return 0;
  const auto at = static_cast<std::size_t>(quantile * static_cast<double>(latencies_ms.size()));
  return latencies_ms[std::min(at, latencies_ms.size() - 1)];
}

Outcome play(const Way& way, std::uint64_t seed) {
  return Play(way, seed).run();
}

}  // namespace headgate::proxy::balance::cluster
