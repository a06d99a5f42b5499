#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/log.h"
#include "config/config.h"
#include "health/backend_health.h"
#include "health/heritage.h"
#include "health/wish.h"

namespace headgate::net {
class Loop;
}
namespace headgate::net::tls {
class KnownServer;
}

namespace headgate::health {

/// One row of the table, for status pages, metrics and explanations.
struct Row {
  std::string pool;
  std::string backend;  ///< its id
  base::Endpoint address;
  State state = State::kUp;
  std::uint32_t weight_percent = 100;  ///< what slow start, an operator and its load leave of it
  std::uint32_t load_percent = 100;    ///< what its load alone leaves of it
  std::optional<double> load;          ///< 0 to 1, as it reports; nothing: it does not, or no longer
  base::WallTime since;                ///< when the state was entered
  std::string why;                     ///< "HTTP 503 from /healthz, 3 of 3 failed", "not checked yet"
  base::WallTime last_check;           ///< the epoch if none ran
  std::uint64_t checks_ok = 0;
  std::uint64_t checks_failed = 0;
  std::uint32_t ejections = 0;  ///< so far, since start
  WishRow wish;
};

/// A backend went from one state to another. Views are valid during the call that tells it.
struct StateChange {
  std::string_view pool;
  std::string_view backend;
  const base::Endpoint& address;
  State from;
  State to;
  std::string_view why;
};

/// The one table of what is up. It runs the active checks, collects what workers saw, and decides; everything that
/// routes reads it. Belongs to the control thread; BackendHealth alone crosses threads.
class Table {
 public:
  /// Told after any backend of a pool changed state or weight: on the control thread, on the loop's next turn, once for
  /// all that changed in this one. It may call the table, but not destroy it.
  using Changed = std::function<void(const std::string& pool)>;

  using Moved = std::function<void(const StateChange& change)>;

  Table(net::Loop& loop, base::Log& log, Changed changed);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// One backend that a pool has now: after loading, and whenever names resolve anew.
  struct Member {
    std::string id;
    base::Endpoint address;
    std::shared_ptr<net::tls::KnownServer> server = nullptr;  ///< null: it is spoken to without TLS
  };
  /// Makes `members` the whole of a pool. The loop must outlive the words that this returns. Who was there before, by
  /// id and address, keeps its state, its counts and the running check; who is new is up until its first check, which
  /// decides at once; who is gone is forgotten. Returns the members' words in the same order.
  std::vector<std::shared_ptr<BackendHealth>> set_pool(const std::string& pool, const config::Health& settings,
                                                       const std::vector<Member>& members);
  void remove_pool(const std::string& pool);

  /// Drains a backend, or lets it go on, by the configuration's wish: all backends of that id, since a name may stand
  /// for several addresses, and those that it will stand for. False if there is no such pool.
  bool set_configured_drain(std::string_view pool, std::string_view backend_id, bool draining, std::string_view why);

  /// An operator's wish, for all backends of that id that there are and will be. It outlives changes of settings and
  /// addresses, until another one, or forget_wishes(), or the end of the pool.
  WishOutcome wish(std::string_view pool, std::string_view backend_id, const Wish& wish);
  /// Forgets the wishes about backends that are not among `known_ids`.
  void forget_wishes(std::string_view pool, const std::set<std::string, std::less<>>& known_ids);

  /// Told at once of every change of a state. May be empty.
  void on_moved(Moved moved);

  std::vector<Row> rows() const;

  /// What the next process is to be told.
  Heritage heritage() const;
  /// What an earlier one told; before the first set_pool(). A backend begins with it when it comes for the first time;
  /// what has not come until forget_heritage() is dropped.
  void inherit(Heritage heritage);
  void forget_heritage();

 private:
  struct Pool;
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace headgate::health
