#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/result.h"
#include "health/table.h"
#include "net/loop.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/dns/zone/zone.h"
#include "proxy/explain/explain.h"
#include "proxy/explain/lookup/lookup.h"
#include "proxy/explain/lookup/question.h"
#include "proxy/snapshot.h"
#include "proxy/worker.h"

namespace headgate::proxy {

/// Explains requests by what the daemon knows at this moment: the snapshot in force, the addresses that are bound, the
/// table of health, the real rate limiters, and of each worker whose turn it is in its pool. Nothing is charged, taken
/// or sent. Belongs to the control thread; workers are asked by mail and have kAnswerWait to answer.
class LiveExplainer {
 public:
  /// What the control thread knows.
  struct Moment {
    std::shared_ptr<const Snapshot> snapshot;  ///< null: nothing is served yet
    explain::Binds binds;
    std::vector<health::Row> health;
    std::vector<discovery::NameRow> names;
    std::shared_ptr<const sticky::Keyring> keys;  ///< of sticky cookies
    std::function<std::shared_ptr<sticky::table::Store>(const std::string& pool)> sessions;
    std::vector<std::shared_ptr<const dns::zone::Zone>> zones;  ///< as Config::dns.zones
    /// Why a region is what it is; empty: nothing is known.
    std::function<std::string(std::string_view region)> why_region;
  };
  /// `workers` must outlive this and stay as they are while the loop runs.
  LiveExplainer(net::Loop& loop, const std::vector<std::unique_ptr<Worker>>& workers, std::function<Moment()> moment)
      : loop_(loop), workers_(workers), moment_(std::move(moment)) {}

  /// kInvalid: the question is none; kUnavailable: nothing is served yet.
  net::Task<base::Result<explain::Explanation>> explain(explain::Question question);

  /// The same of a question of DNS, at once.
  base::Result<explain::lookup::Lookup> explain_lookup(const explain::lookup::Question& question) const;

  static constexpr base::Duration kAnswerWait = std::chrono::seconds(1);

 private:
  /// Workers' answers on their way.
  struct Asking {
    Asking(LiveExplainer& owner, std::size_t workers);
    ~Asking();
    LiveExplainer& owner;
    std::uint64_t ticket;
    std::vector<std::unique_ptr<balance::Forecast>> answers;  // by worker; null: none yet
    std::size_t missing;
    net::Gate complete;
  };
  net::Task<explain::PoolView> view_of(const Moment& moment, const config::Pool& settings, balance::Wish wish);
  void ask(Worker& worker, balance::Pool& pool, const balance::Wish& wish, std::uint64_t ticket);
  void take_answer(std::uint64_t ticket, std::size_t worker, const balance::Forecast& forecast);

  net::Loop& loop_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  std::function<Moment()> moment_;
  std::map<std::uint64_t, Asking*> asking_;
  std::uint64_t next_ticket_ = 0;
};

}  // namespace headgate::proxy
