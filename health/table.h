#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/log.h"
#include "config/config.h"
#include "health/backend_health.h"

namespace headgate::net {
class Loop;
}

namespace headgate::health {

/// One row of the table, for status pages, metrics and explanations.
struct Row {
  std::string pool;
  std::string backend;  ///< its id
  base::Endpoint address;
  State state = State::kUp;
  std::uint32_t weight_percent = 100;  ///< slow start's share
  base::WallTime since;                ///< when the state was entered
  std::string why;                     ///< "HTTP 503 from /healthz, 3 of 3 failed", "not checked yet"
  base::WallTime last_check;           ///< the epoch if none ran
  std::uint64_t checks_ok = 0;
  std::uint64_t checks_failed = 0;
  std::uint32_t ejections = 0;  ///< so far, since start
};

/// The one table of what is up. It runs the active checks, collects what workers saw, and decides; everything that
/// routes reads it. Belongs to the control thread; BackendHealth alone crosses threads.
class Table {
 public:
  /// Told after any backend of a pool changed state or weight: on the control thread, on the loop's next turn, once for
  /// all that changed in this one. It may call the table, but not destroy it.
  using Changed = std::function<void(const std::string& pool)>;

  Table(net::Loop& loop, base::Log& log, Changed changed);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// One backend that a pool has now: after loading, and whenever names resolve anew.
  struct Member {
    std::string id;
    base::Endpoint address;
  };
  /// Makes `members` the whole of a pool. The loop must outlive the words that this returns. Who was there before, by
  /// id and address, keeps its state, its counts and the running check; who is new is up until its first check, which
  /// decides at once; who is gone is forgotten. Returns the members' words in the same order.
  std::vector<std::shared_ptr<BackendHealth>> set_pool(const std::string& pool, const config::Health& settings,
                                                       const std::vector<Member>& members);
  void remove_pool(const std::string& pool);

  /// Drains or enables a backend by an operator's wish: all backends of that id, since a name may stand for several
  /// addresses. False if there is none.
  bool set_draining(std::string_view pool, std::string_view backend_id, bool draining, std::string_view why);

  std::vector<Row> rows() const;

 private:
  struct Pool;
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace headgate::health
