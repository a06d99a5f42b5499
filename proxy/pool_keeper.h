#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "health/table.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/balance/pool.h"
#include "proxy/balance/region/order.h"
#include "proxy/discovery/names.h"
#include "proxy/snapshot.h"
#include "proxy/sticky/upkeep/session_tables.h"

namespace headgate::proxy {

/// Keeps every pool's members as they should be: those that the file names, those that DNS names at the moment, each
/// with its word of health; and publishes each change to the workers. Belongs to the control thread.
class PoolKeeper {
 public:
  /// `changed` is told of a pool whose members or their health have changed: who waits for one may try again.
  using Changed = std::function<void(balance::Pool& pool)>;
  PoolKeeper(net::Loop& loop, base::Log& log, std::size_t workers, std::shared_ptr<const sticky::Keyring> keys,
             const sticky::upkeep::SessionTables& tables, Changed changed);
  ~PoolKeeper();
  PoolKeeper(const PoolKeeper&) = delete;
  PoolKeeper& operator=(const PoolKeeper&) = delete;

  /// Resolves the names that `config` uses and that are not known yet, for at most kFirstAnswerWait, so that a new pool
  /// is not empty when it takes over. What is not answered by then follows later. apply() or give_up() comes next.
  net::Task<base::Result<void>> resolve_new_names(std::shared_ptr<const config::Config> config);

  /// Makes the pools those of the snapshot, whose regions are in these states.
  void apply(const Snapshot& snapshot, std::vector<balance::region::State> region_states);
  /// Regions are in other states: who stands in one that takes no clients comes last.
  void set_region_states(std::vector<balance::region::State> region_states);
  /// The configuration was refused: what runs stays as it is.
  void give_up();

  /// An operator's wish; see health::Table. The next choice of every worker follows it: who is told that it is taken
  /// may rely on that.
  health::WishOutcome wish(std::string_view pool, std::string_view backend, const health::Wish& wish);

  /// The names that pools are found by, as they stand.
  std::vector<discovery::NameRow> names() const;

  health::Table& health() { return *health_; }
  const health::Table& health() const { return *health_; }

  static constexpr base::Duration kFirstAnswerWait = std::chrono::seconds(2);

 private:
  struct KeptPool;
  struct Wanted;

  void publish(KeptPool& pool);
  void drain_as_configured(KeptPool& pool);
  void on_health(const std::string& pool);
  void publish_users_of(const discovery::Name& name);
  std::vector<Wanted> wanted_of(const config::Pool& settings) const;
  void settle_names();

  net::Loop& loop_;
  base::Log& log_;
  std::size_t workers_;
  std::shared_ptr<const sticky::Keyring> keys_;
  const sticky::upkeep::SessionTables& tables_;
  Changed changed_;
  std::shared_ptr<const geoip::Regions> regions_;      // null: nothing is known of where they are
  std::vector<balance::region::State> region_states_;  // by RegionIndex
  std::unique_ptr<health::Table> health_;
  std::map<std::string, std::unique_ptr<KeptPool>> pools_;
  std::unique_ptr<discovery::Names> names_;
  std::unique_ptr<discovery::Names>
      next_names_;  // of a configuration with other name servers, until it is taken or refused
};

}  // namespace headgate::proxy
