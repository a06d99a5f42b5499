// What choosing a backend costs: a pool of BACKENDS, of which COUNT leases are taken and given back, each with another
// key. Under `valgrind --tool=callgrind` with two counts the slope is the instructions of one; without valgrind it says
// nanoseconds, and how long the pool's table of hashes took and what a worker did when health changed.
//
//     choice_bench round_robin|least_requests|random_two|peak_ewma|maglev|maglev_bounded|ring BACKENDS COUNT
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "proxy/balance/choose/hash_member.h"
#include "proxy/balance/hash/tables.h"
#include "proxy/balance/worker_pool.h"

namespace {

using namespace headgate;
using namespace headgate::proxy;
using Clock = std::chrono::steady_clock;

struct Way {
  config::Balance balance;
  config::HashBalance::Method method = config::HashBalance::Method::kMaglev;
  std::uint32_t max_load_percent = 0;
};

const std::map<std::string, Way> kWays = {
    {"round_robin", {config::Balance::kRoundRobin}},
    {"least_requests", {config::Balance::kLeastRequests}},
    {"random_two", {config::Balance::kRandomTwo}},
    {"peak_ewma", {config::Balance::kPeakEwma}},
    {"maglev", {config::Balance::kHash}},
    {"maglev_bounded", {config::Balance::kHash, config::HashBalance::Method::kMaglev, 125}},
    {"ring", {config::Balance::kHash, config::HashBalance::Method::kRing}},
};

double nanoseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::nano>(duration).count();
}

}  // namespace

int main(int argc, char** argv) {
  const auto way = argc == 4 ? kWays.find(argv[1]) : kWays.end();
  if (way == kWays.end()) {
    std::fprintf(stderr,
                 "usage: choice_bench round_robin|least_requests|random_two|peak_ewma|maglev|maglev_bounded|ring "
                 "BACKENDS COUNT\n");
    return 2;
  }
  const std::size_t backends = std::strtoull(argv[2], nullptr, 10);
  const std::size_t count = std::strtoull(argv[3], nullptr, 10);
  constexpr std::size_t kWorkers = 4;
  auto pool = std::make_shared<balance::Pool>("app", kWorkers, [](std::size_t, balance::Pool&) {});
  auto version = std::make_shared<balance::PoolVersion>();
  version->settings.balance = way->second.balance;
  version->settings.hash.method = way->second.method;
  version->settings.hash.max_load_percent = way->second.max_load_percent;
  for (std::size_t i = 0; i < backends; ++i) {
    const std::string id = "backend-" + std::to_string(i);
    auto health = std::make_shared<health::BackendHealth>([] {});
    const base::Endpoint address(base::IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(i)), 80);
    version->members.push_back({std::make_shared<balance::Backend>(id, address, std::move(health), kWorkers)});
    // So that peak_ewma compares what it would compare.
    version->members.back().backend->latency.observe(std::chrono::microseconds(900 + i % 200), base::now());
  }
  const Clock::time_point before_table = Clock::now();
  balance::hash::add_tables(*version, nullptr);
  const Clock::duration table = Clock::now() - before_table;
  pool->publish(std::move(version));
  net::Loop loop;
  balance::WorkerPool worker(loop, pool, 0, 1);
  const Clock::time_point before_refresh = Clock::now();
  pool->version()->members[0].backend->health().publish(health::State::kDown, 0);
  pool->health_changed();
  const balance::Lease refreshed = worker.try_acquire(balance::Wish());
  const Clock::duration refresh = Clock::now() - before_refresh;

  const Clock::time_point begin = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    const balance::Lease lease = worker.try_acquire(balance::Wish{nullptr, balance::choose::mixed(i)});
    if (!lease) return 1;
  }
  const Clock::duration taken = Clock::now() - begin;
  std::printf("%s of %zu: %.1f ns a choice, table %.2f ms, a change of health %.2f ms\n", argv[1], backends,
              nanoseconds(taken) / static_cast<double>(count), nanoseconds(table) / 1e6, nanoseconds(refresh) / 1e6);
  return 0;
}
