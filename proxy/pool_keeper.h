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
#include "net/resolver.h"
#include "net/task.h"
#include "proxy/balance/pool.h"
#include "proxy/snapshot.h"

namespace headgate::proxy {

/// Keeps every pool's members as they should be: those that the file names, those that DNS names at the moment, each with
/// its word of health; and publishes each change to the workers. Belongs to the control thread.
class PoolKeeper {
 public:
  /// `changed` is told of a pool whose members or their health have changed: who waits for one may try again.
  using Changed = std::function<void(balance::Pool& pool)>;
  PoolKeeper(net::Loop& loop, base::Log& log, std::size_t workers, Changed changed);
  ~PoolKeeper();
  PoolKeeper(const PoolKeeper&) = delete;
  PoolKeeper& operator=(const PoolKeeper&) = delete;

  /// Resolves the names that `config` uses and that are not known yet, for at most kFirstAnswerWait, so that a new pool
  /// is not empty when it takes over. What is not answered by then follows later.
  net::Task<base::Result<void>> resolve_new_names(std::shared_ptr<const config::Config> config);

  /// Makes the pools those of the snapshot.
  void apply(const Snapshot& snapshot);

  health::Table& health() { return *health_; }
  const health::Table& health() const { return *health_; }

  static constexpr base::Duration kFirstAnswerWait = std::chrono::seconds(2);

 private:
  struct Name;
  struct KeptPool;
  using Addresses = std::vector<base::IpAddress>;

  void publish(KeptPool& pool);
  void on_health(const std::string& pool);
  net::Task<void> follow(Name& name);
  /// Asks once; true if the addresses changed.
  net::Task<bool> ask(Name& name);
  Name& name_of(const config::BackendName& wanted);
  void forget_unused_names();

  net::Loop& loop_;
  base::Log& log_;
  std::size_t workers_;
  Changed changed_;
  std::vector<base::Endpoint> resolvers_;
  std::unique_ptr<net::Resolver> resolver_;
  std::unique_ptr<health::Table> health_;
  std::map<std::string, std::unique_ptr<KeptPool>> pools_;
  std::map<std::string, std::unique_ptr<Name>> names_;
};

}  // namespace headgate::proxy
