#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "config/load.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/access_log/access_log.h"
#include "proxy/admin/actions.h"
#include "proxy/admin/events.h"
#include "proxy/admin/history/history.h"
#include "proxy/admin/server.h"
#include "proxy/admin/upgrade_outcome.h"
#include "proxy/binds.h"
#include "proxy/circumstances.h"
#include "proxy/dns/upkeep/zone_keeper.h"
#include "proxy/geo/atlas_keeper.h"
#include "proxy/handover/predecessor.h"
#include "proxy/identities.h"
#include "proxy/listener/certificate_keeper.h"
#include "proxy/live_explainer.h"
#include "proxy/log_observer.h"
#include "proxy/pool_keeper.h"
#include "proxy/regions/region_keeper.h"
#include "proxy/snapshot.h"
#include "proxy/stapling/staple_keeper.h"
#include "proxy/steering/log_levels.h"
#include "proxy/steering/reload_callers.h"
#include "proxy/sticky/upkeep/key_keeper.h"
#include "proxy/supervision.h"
#include "proxy/worker.h"

namespace headgate::proxy {

/// Reads the configuration: from a file, or from a text that `headgate demo` made.
using ConfigSource = std::function<std::variant<config::Config, config::Problems>()>;

/// The control thread: starts the workers, loads and reloads, checks health, resolves names, serves admin, drains and
/// stops. Nothing of a request passes through it.
class Control : private admin::Actions {
 public:
  /// `config` is the first reading of `source`, valid. Signals that run() handles are blocked already.
  Control(config::Config config, ConfigSource source, base::Log& log, Circumstances circumstances);
  ~Control() override;
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  /// What run() handles; main blocks them before any thread starts.
  static void block_signals();

  /// Serves until TERM or INT, then drains. `ready` is called once requests are taken. The exit status.
  int run(std::function<void()> ready);

 private:
  enum class Phase : std::uint8_t { kStarting, kServing, kDraining };

  net::Task<void> start(std::function<void()> ready);
  void begin_reload();
  net::Task<void> reload_until_settled();
  net::Task<admin::ReloadOutcome> reload_once();
  net::Task<base::Result<void>> take_over(std::shared_ptr<const config::Config> config);
  /// Who is told that a reload is done finds the new configuration wherever a request lands.
  net::Task<void> let_workers_follow();
  bool has_retiring_sockets() const;
  net::Task<void> wait_for_retired_sockets(std::shared_ptr<const config::Config> config);
  base::Result<void> apply_logs(const config::Config& config);
  void begin_drain();
  net::Task<void> drain();
  bool is_drained();

  struct UpgradeAsked {
    explicit UpgradeAsked(net::Loop& loop) : told(loop) {}
    net::Gate told;
    std::optional<base::Result<admin::UpgradeOutcome>> outcome;
  };
  net::Task<void> run_upgrade(std::shared_ptr<UpgradeAsked> asked);
  net::Task<base::Result<handover::Predecessor::Ready>> raise_successor();
  void hand_over_to(const handover::Predecessor::Ready& successor);
  handover::TicketKeysByListener ticket_keys() const;
  void adopt_ticket_keys(const Snapshot& snapshot);
  void adopt_sticky_keys();
  void follow_staples(const Snapshot::Listener& listener);
  base::Result<void> become_the_service(Binds::Change& binds, admin::Server::Change& admin);
  bool predecessor_is_gone() const;

  void on_signal(int signal);
  void reopen_logs();
  void announce(const Binds::Change& change) const;
  void note_reload(const admin::ReloadOutcome& outcome);
  void note_state(const health::StateChange& change);
  void note_certificate(const std::string& text, bool is_bad);
  void note_database(const std::string& text, bool is_bad);
  void note_zone(const std::string& text, bool is_bad);
  void follow_zones();
  void note_region(const regions::RegionChange& change);
  void follow_certificates();
  void show_certificates(const std::string& listener, const listener::LoadedTls& loaded);

  // admin::Actions: control_admin.cc
  net::Task<admin::ReloadOutcome> reload() override;
  /// Starts the binary anew, hands the listening sockets and what health knows over to it, and drains once it serves.
  /// An error says why it came to nothing; then this process goes on as if nothing had happened.
  net::Task<base::Result<admin::UpgradeOutcome>> upgrade() override;
  base::Duration stop() override;
  net::Task<admin::Connections> connections(message::ConnectionQuery query) override;
  net::Task<bool> purge(std::string_view cache, std::vector<cache::purge::Purge> purges) override;
  health::WishOutcome wish(std::string_view pool, std::string_view backend, const health::Wish& wish) override;
  regions::WishOutcome wish_region(std::string_view region, bool drain, std::string_view why) override;
  admin::LogLevelRow log_level() const override;
  void set_log_level(base::LogLevel level, std::optional<base::Duration> length) override;
  const config::DiskCopy& look_at_disk() override;

  /// A removed bind that comes back at once finds its address taken until the workers have closed it; they do so within
  /// Worker::kHandshakeGrace unless they are very busy.
  static constexpr base::Duration kRetiredSocketsWait = std::chrono::seconds(2);
  /// A worker takes what it is mailed within a turn of its loop.
  static constexpr base::Duration kWorkersFollowWait = std::chrono::seconds(1);
  /// For answers of the admin API at the end of the process: whoever asked for a stop or an upgrade is told.
  static constexpr base::Duration kLastAnswerWait = std::chrono::seconds(1);

  void wake_waiting(balance::Pool& pool);
  LiveExplainer::Moment moment() const;
  // What the admin pages show: control_admin.cc
  admin::View view();
  void fill_traffic(admin::View& view) const;
  admin::history::History::Counts traffic() const;
  void sample_history();
  net::Task<void> keep_history();
  net::Task<void> sweep_caches();
  admin::DaemonState state() const;
  systemd::StatusFacts status_facts() const;
  std::optional<net::ListeningSocket> given_for_admin(const char* door);

  base::Log& log_;
  ConfigSource source_;
  std::shared_ptr<const config::Config> config_;
  std::size_t workers_count_;
  net::Loop loop_;
  Circumstances circumstances_;
  Supervision supervision_;
  std::unique_ptr<access_log::AccessLog> access_log_;
  std::vector<std::unique_ptr<LogObserver>> observers_;
  Identities identities_;
  sticky::upkeep::KeyKeeper sticky_;
  sticky::upkeep::KeyKeeper pin_keys_;
  sticky::upkeep::SessionTables tables_;
  regions::RegionKeeper regions_;
  PoolKeeper pools_;
  Binds binds_;
  listener::CertificateKeeper certificates_;
  stapling::StapleKeeper staples_;
  geo::AtlasKeeper atlas_;
  dns::upkeep::ZoneKeeper zones_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::unique_ptr<Worker>> workers_;
  LiveExplainer explainer_;
  std::unique_ptr<admin::Server> admin_;
  admin::ReloadHistory reloads_;
  admin::Events events_;
  admin::history::History history_;
  admin::history::Recent recent_;
  config::DiskCopy disk_;
  steering::LogLevels log_levels_;
  steering::ReloadCallers reload_callers_;
  base::WallTime started_;
  Phase phase_ = Phase::kStarting;
  int exit_status_ = 0;
  bool reloading_ = false;
  bool reload_again_ = false;
  bool upgrading_ = false;
  bool reload_after_upgrade_ = false;
  bool handed_over_ = false;          // drains for its successor
  std::string upgrade_said_;          // why the last one failed
  std::set<std::string> given_away_;  // binds that the successor has taken over
  std::unique_ptr<handover::Predecessor> predecessor_;
  net::TaskScope tasks_;
  std::unique_ptr<net::SignalWatcher> signals_;
};

}  // namespace headgate::proxy
