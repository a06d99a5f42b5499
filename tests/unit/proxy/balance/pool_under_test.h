#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/balance/hash/tables.h"
#include "proxy/balance/worker_pool.h"

namespace headgate::proxy::balance {

/// A pool whose version a test writes member by member.
class PoolUnderTest {
 public:
  explicit PoolUnderTest(
      std::size_t workers = 1, Pool::WakeWorker wake = [](std::size_t, Pool&) {})
      : pool(std::make_shared<Pool>("app", workers, std::move(wake))) {
    draft.settings.name = "app";
  }

  Backend& add(std::uint32_t weight = 1, std::uint32_t max_requests = 0, bool backup = false,
               base::Endpoint address = base::Endpoint(base::IpAddress::v4(0x7f000001), 9)) {
    const std::string id = "b" + std::to_string(draft.members.size());
    auto health = std::make_shared<health::BackendHealth>([this] { ++error_messages; });
    auto backend = std::make_shared<Backend>(id, std::move(address), std::move(health), pool->counters().size());
    draft.members.push_back({backend, weight, max_requests, backup});
    return *draft.members.back().backend;
  }
  Backend& backend(std::size_t index) { return *draft.members[index].backend; }

  void publish() {
    auto version = std::make_shared<PoolVersion>(draft);
    hash::add_tables(*version, pool->version().get());
    pool->publish(std::move(version));
  }
  void set_state(std::size_t index, health::State state, std::uint32_t weight_percent = 100) {
    backend(index).health().publish(state, weight_percent);
    pool->health_changed();
  }

  std::shared_ptr<Pool> pool;
  PoolVersion draft;
  int error_messages = 0;
};

/// Runs `work` on `loop` until it is over.
inline net::Task<void> stop_after(net::Loop& loop, net::Task<void> work) {
  co_await work;
  loop.stop();
}
inline net::Task<void> pause(net::Loop& loop, base::Duration duration) {
  const base::Time until = base::now() + duration;
  co_await net::sleep_until(loop, until);
}

inline void run_to_end(net::Loop& loop, net::Task<void> work) {
  net::TaskScope scope;
  scope.spawn(stop_after(loop, std::move(work)));
  loop.run();
}

}  // namespace headgate::proxy::balance
