#include "proxy/control.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/random.h"
#include "net/waiting.h"
#include "proxy/cache/disk/tier.h"

namespace headgate::proxy {

using namespace std::chrono_literals;

namespace {

/// A backend that was disabled gives up its idle connections now, and not when somebody asks for another.
bool has_disabled(const balance::Pool& pool) {
  const std::shared_ptr<const balance::PoolVersion> version = pool.version();
  return version != nullptr && std::any_of(version->members.begin(), version->members.end(), [](const auto& member) {
           return member.backend->health().state() == health::State::kDisabled;
         });
}

}  // namespace

void Control::block_signals() {
  net::SignalWatcher::block({SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2});
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write
}

Control::Control(config::Config config, ConfigSource source, base::Log& log, Circumstances circumstances)
    : log_(log),
      source_(std::move(source)),
      config_(std::make_shared<const config::Config>(std::move(config))),
      workers_count_(config_->workers),
      circumstances_(std::move(circumstances)),
      supervision_(loop_, log, circumstances_.notifier, [this] { return status_facts(); }),
      identities_(
          workers_count_, base::entropy_seed(),
          [this](std::size_t worker, balance::Pool& pool) { workers_[worker]->wake_pool(pool); },
          [this](std::size_t worker, std::function<void()> mail) { workers_[worker]->post(std::move(mail)); },
          [this](base::LogLevel level, const std::string& line) {
            if (level >= log_.level()) log_.write(level, line);
          }),
      sticky_(loop_, "sticky keys",
              [this](const std::string& text, bool is_bad) {
                log_.write(is_bad ? base::LogLevel::kWarn : base::LogLevel::kInfo, text);
              }),
      pin_keys_(loop_, "geoip.pin keys",
                [this](const std::string& text, bool is_bad) {
                  log_.write(is_bad ? base::LogLevel::kWarn : base::LogLevel::kInfo, text);
                }),
      tables_(log),
      regions_(loop_, {[this](const regions::RegionChange& change) { note_region(change); },
                       [this](const std::vector<regions::State>& states) { pools_.set_region_states(states); },
                       [this](const std::string& text, bool is_bad) {
                         is_bad ? log_.warn("regions: {}", text) : log_.info("regions: {}", text);
                       }}),
      pools_(loop_, log, workers_count_, sticky_.keyring(), tables_,
             [this](balance::Pool& pool) { wake_waiting(pool); }),
      binds_(workers_count_, &circumstances_.sockets),
      certificates_(loop_, {[this](const std::string& listener, const listener::LoadedTls& loaded) {
                              show_certificates(listener, loaded);
                            },
                            [this](const std::string& text, bool is_bad) { note_certificate(text, is_bad); }}),
      staples_(loop_, [this](const std::string& text, bool is_bad) { note_certificate(text, is_bad); }),
      atlas_(loop_, {[this](const geo::LoadedDatabase& loaded) { identities_.databases().take(loaded); },
                     [this](const std::string& text, bool is_bad) { note_database(text, is_bad); }}),
      zones_(loop_, identities_.dns().zones(),
             [this](const std::string& text, bool is_bad) { note_zone(text, is_bad); }),
      explainer_(loop_, workers_, [this] { return moment(); }),
      log_levels_(loop_, log),
      started_(base::wall_now()) {}

Control::~Control() {
  tasks_.cancel_all();
  admin_.reset();
  for (const std::unique_ptr<Worker>& worker : workers_) worker->stop();
  identities_.end_disks();
  tables_.close();
  if (access_log_) access_log_->stop();
}

int Control::run(std::function<void()> ready) {
  identities_.use_pin_keys({sticky_.keyring(), pin_keys_.keyring()});
  base::Result<std::unique_ptr<access_log::AccessLog>> access_log =
      access_log::AccessLog::open(config_->access_log, workers_count_, log_);
  if (!access_log) {
    log_.error("{}", access_log.error().message);
    return 1;
  }
  access_log_ = std::move(*access_log);
  for (std::size_t i = 0; i < workers_count_; ++i) {
    observers_.push_back(std::make_unique<LogObserver>(access_log_->ring(i)));
    workers_.push_back(std::make_unique<Worker>(
        i, base::entropy_seed(),
        Worker::Observers{observers_.back().get(), observers_.back().get(), observers_.back().get()}, log_));
  }
  admin::Daemon daemon{
      .view = [this] { return view(); },
      .actions = this,
      .explain = [this](explain::Question question) { return explainer_.explain(std::move(question)); },
      .explain_lookup =
          [this](const explain::lookup::Question& question) { return explainer_.explain_lookup(question); }};
  admin_ = std::make_unique<admin::Server>(loop_, std::move(daemon), log_);
  admin_->take_given([this](const char* door) { return given_for_admin(door); });
  signals_ =
      std::make_unique<net::SignalWatcher>(loop_, std::initializer_list<int>{SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2},
                                           [this](int signal) { on_signal(signal); });
  pools_.health().on_moved([this](const health::StateChange& change) { note_state(change); });
  tasks_.spawn(start(std::move(ready)));
  loop_.run();
  return exit_status_;
}

net::Task<void> Control::start(std::function<void()> ready) {
  const base::Result<void> taken = co_await take_over(config_);
  if (!taken) {
    log_.error("start: {}", taken.error().message);
    circumstances_.say_failed("the start failed: ", taken.error().message);
    exit_status_ = 1;
    loop_.stop();
    co_return;
  }
  // What reading a large configuration took is most of what a process that has just begun has. Later it would make
  // workers wait.
  ::malloc_trim(0);
  for (const std::unique_ptr<Worker>& worker : workers_) worker->start();
  phase_ = Phase::kServing;
  note_reload({.accepted = true, .message = "started", .problems = std::nullopt});
  tasks_.spawn(keep_history());
  tasks_.spawn(sweep_caches());
  tasks_.spawn(certificates_.watch());
  tasks_.spawn(sticky_.watch());
  tasks_.spawn(pin_keys_.watch());
  tasks_.spawn(atlas_.watch());
  tasks_.spawn(zones_.watch());
  tasks_.spawn(regions_.watch());
  log_.info("ready: {} {}, pid {}", workers_count_, workers_count_ == 1 ? "worker" : "workers", ::getpid());
  supervision_.started(workers_);
  ready();
}

/// Everything that can fail comes first; from the first change on nothing does.
net::Task<base::Result<void>> Control::take_over(std::shared_ptr<const config::Config> config) {
  base::Result<void> resolved = co_await pools_.resolve_new_names(config);
  if (!resolved) co_return resolved;
  const base::Result<void> located = co_await identities_.databases().read_ahead(loop_, config->geo.databases);
  if (!located) co_return base::Error{located.error().kind, located.error().fault, "geoip: " + located.error().message};
  co_await wait_for_retired_sockets(config);
  if (phase_ == Phase::kDraining) {
    co_return base::Error{base::ErrorKind::kUnavailable, base::Fault::kHeadgate, "headgate is stopping"};
  }
  if (!snapshot_) adopt_sticky_keys();
  const base::Result<void> has_keys = sticky_.prepare(*config);
  if (!has_keys) co_return has_keys;
  pin_keys_.prepare_pins(*config);
  base::Result<std::shared_ptr<const Snapshot>> snapshot = compile_snapshot(config, identities_);
  if (!snapshot) co_return snapshot.error();
  circumstances_.sockets.assign(*config);
  base::Result<Binds::Change> binds = binds_.open(*config);
  if (!binds) co_return binds.error();
  base::Result<admin::Server::Change> admin = admin_->prepare(config->admin);
  if (!admin) co_return admin.error();
  base::Result<void> logged = apply_logs(*config);
  if (!logged) co_return logged;

  if (!snapshot_) {
    const base::Result<void> first = become_the_service(*binds, *admin);
    if (!first) co_return first;
    adopt_ticket_keys(**snapshot);
  }
  const admin::history::History::Counts before = traffic();
  config_ = config;
  snapshot_ = *snapshot;
  binds_.commit(*binds);
  sticky_.commit();
  pin_keys_.commit();
  tables_.apply(*config);
  const std::shared_ptr<const geoip::Regions> in_force = regions_in_force(*snapshot_);
  pools_.apply(*snapshot_, in_force ? regions_.first_states(*config, *in_force) : std::vector<regions::State>());
  regions_.follow(config, in_force, snapshot_->pools, snapshot_->site->serving);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->apply(snapshot_, std::move(binds->opened[i]), binds->listener_of);
  }
  announce(*binds);
  follow_certificates();
  atlas_.follow(snapshot_->site->atlas, snapshot_->databases);
  follow_zones();
  admin_->commit(std::move(*admin));
  identities_.forget_unused();
  identities_.close_disks_but(snapshot_->caches);
  for (const std::shared_ptr<cache::stage::Store>& store : snapshot_->caches) {
    if (store->disk() != nullptr) store->disk()->retry();
  }
  history_.go_on_from(before, traffic());
  co_return base::Result<void>();
}

bool Control::has_retiring_sockets() const {
  return std::any_of(workers_.begin(), workers_.end(), [this](const auto& worker) {
    return worker->sockets_open() != binds_.sockets_of(worker->index());
  });
}

net::Task<void> Control::let_workers_follow() {
  const auto is_up_to_date = [](const auto& worker) { return worker->is_up_to_date(); };
  const base::Time deadline = loop_.now() + kWorkersFollowWait;
  while (loop_.now() < deadline) {
    if (std::all_of(workers_.begin(), workers_.end(), is_up_to_date)) co_return;
    co_await net::sleep_until(loop_, loop_.now() + 1ms);
  }
  log_.warn("reload: not every worker took the new configuration within {} s; the rest follow as soon as they can",
            kWorkersFollowWait / 1s);
}

net::Task<void> Control::wait_for_retired_sockets(std::shared_ptr<const config::Config> config) {
  const base::Time deadline = loop_.now() + kRetiredSocketsWait;
  while (binds_.has_new(*config) && loop_.now() < deadline) {
    if (!has_retiring_sockets()) co_return;
    co_await net::sleep_until(loop_, loop_.now() + 10ms);
  }
}

base::Result<void> Control::apply_logs(const config::Config& config) {
  base::Result<void> access = access_log_->apply(config.access_log);
  if (!access) return access;
  const base::Result<void> moved = log_.move_to(config.log.file);
  if (!moved) {
    const base::Result<void> back = access_log_->apply(config_->access_log);
    if (!back) log_.error("{}", back.error().message);
    return base::Error{moved.error().kind, moved.error().fault, "log.file: " + moved.error().message};
  }
  log_levels_.configure(config.log.level);
  return {};
}

void Control::announce(const Binds::Change& change) const {
  for (const auto& [bind, endpoint] : change.endpoints) {
    const auto given = change.given.find(bind);
    log_.info("listening on {}{} (listener {}){}{}", endpoint.text(), Binds::is_of_datagrams(bind) ? " by UDP" : "",
              config_->listeners[change.listener_of.at(bind)].name, given == change.given.end() ? "" : ", ",
              given == change.given.end() ? "" : given->second);
  }
}

void Control::begin_reload() {
  reload_again_ = true;  // once more when the one under way is done, however often it is asked meanwhile
  if (!reloading_) tasks_.spawn(reload_until_settled());
}

net::Task<void> Control::reload_until_settled() {
  reloading_ = true;
  supervision_.reload_begins();
  while (reload_again_) {
    reload_again_ = false;
    const steering::ReloadCallers::List callers = reload_callers_.take();
    const base::Time begun = base::now();
    admin::ReloadOutcome outcome = co_await reload_once();
    outcome.took = base::now() - begun;
    note_reload(outcome);
    steering::ReloadCallers::tell(callers, outcome);
  }
  reloading_ = false;
  if (phase_ == Phase::kServing) supervision_.reload_ended();
}

net::Task<admin::ReloadOutcome> Control::reload_once() {
  std::variant<config::Config, config::Problems> read = source_();
  if (auto* problems = std::get_if<config::Problems>(&read)) {
    const std::string text = problems->text();
    log_.error("configuration refused, the running one stays:\n{}", text);
    co_return admin::ReloadOutcome{.accepted = false, .message = text, .problems = std::move(*problems)};
  }
  auto config = std::make_shared<const config::Config>(std::move(std::get<config::Config>(read)));
  if (config->workers != workers_count_) {
    log_.warn("workers: {} takes effect at the next start; {} go on", config->workers, workers_count_);
  }
  const base::Result<void> taken = co_await take_over(config);
  if (!taken) {
    pools_.give_up();
    log_.error("configuration refused, the running one stays: {}", taken.error().message);
    co_return admin::ReloadOutcome{.accepted = false, .message = taken.error().message, .problems = std::nullopt};
  }
  co_await let_workers_follow();
  log_.info("configuration reloaded");
  co_return admin::ReloadOutcome{.accepted = true, .message = "reloaded", .problems = std::nullopt};
}

void Control::note_reload(const admin::ReloadOutcome& outcome) {
  const base::WallTime at = base::wall_now();
  reloads_.add({.at = at, .accepted = outcome.accepted, .message = outcome.message, .took = outcome.took});
  const std::string first_line = outcome.message.substr(0, outcome.message.find('\n'));
  events_.add({.at = at,
               .kind = admin::Event::Kind::kReload,
               .text = outcome.accepted ? "configuration " + outcome.message : "configuration refused: " + first_line,
               .to = outcome.accepted ? "accepted" : "refused"});
}

void Control::wake_waiting(balance::Pool& pool) {
  regions_.pools_changed();
  supervision_.look_again();
  if (pool.waiting() == 0 && !has_disabled(pool)) return;
  for (const std::unique_ptr<Worker>& worker : workers_) worker->wake_pool(pool);
}

void Control::reopen_logs() {
  access_log_->reopen();
  const base::Result<void> reopened = log_.reopen();
  if (!reopened) log_.error("log.file: {}", reopened.error().message);
  log_.info("logs reopened");
}

void Control::on_signal(int signal) {
  switch (signal) {
    case SIGHUP:
      if (upgrading_) {
        reload_after_upgrade_ = true;  // whichever process then serves
      } else if (phase_ == Phase::kServing) {
        begin_reload();
      }
      break;
    case SIGUSR1:
      if (circumstances_.successor) circumstances_.successor->say_reopen();
      reopen_logs();
      break;
    case SIGUSR2:
      tasks_.spawn(run_upgrade(std::make_shared<UpgradeAsked>(loop_)));
      break;
    case SIGTERM:
    case SIGINT:
      if (std::exchange(handed_over_, false)) {
        log_.info("stopping already: another process has taken over (a second signal stops at once)");
        break;
      }
      if (phase_ == Phase::kDraining || phase_ == Phase::kStarting) {
        log_.warn("stopping at once");
        loop_.stop();
        break;
      }
      begin_drain();
      break;
    default:
      break;
  }
}

void Control::begin_drain() {
  phase_ = Phase::kDraining;
  predecessor_.reset();  // gives up what is under way
  identities_.close_disks_but({});
  tasks_.spawn(drain());
}

net::Task<void> Control::drain() {
  const base::Time deadline = loop_.now() + config_->drain_timeout;
  log_.info(
      "stopping: no new connections; waiting at most {} s for those that are open (a second signal stops at once)",
      config_->drain_timeout / 1s);
  supervision_.stopping(config_->drain_timeout);
  for (const std::unique_ptr<Worker>& worker : workers_) worker->drain(given_away_);
  while (!is_drained() && loop_.now() < deadline) {
    co_await net::sleep_until(loop_, loop_.now() + 20ms);
    if (predecessor_ && predecessor_->is_asked_to_reopen()) reopen_logs();
  }
  const base::Time last_answer = loop_.now() + kLastAnswerWait;
  while (admin_->is_answering() && loop_.now() < last_answer) co_await net::sleep_until(loop_, loop_.now() + 5ms);
  log_.info("stopped");
  loop_.stop();
}

/// With a predecessor that still drains, the service would be over for it too: its main process has ended then.
bool Control::is_drained() {
  return std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->is_drained(); }) &&
         predecessor_is_gone();
}

}  // namespace headgate::proxy
