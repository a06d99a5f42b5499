#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "config/sticky.h"
#include "net/waiting.h"
#include "proxy/control.h"
#include "proxy/handover/health_letter.h"
#include "proxy/listener/tls_share.h"
#include "proxy/version.h"

// Upgrade in place: how this process hands over to the next, and how it took over from the one before.
namespace headgate::proxy {

using namespace std::chrono_literals;

namespace {

/// A worker that does not answer in this time does not turn.
constexpr base::Duration kWorkersAnswerWait = 2s;

base::Error refused(std::string message) {
  return {base::ErrorKind::kUnavailable, base::Fault::kUser, std::move(message)};
}

/// What several threads leave for the coroutine that waits for it.
template <class T>
struct Awaited {
  explicit Awaited(net::Loop& loop) : told(loop) {}
  std::vector<T> values;
  net::Gate told;
};

}  // namespace

net::Task<base::Result<admin::UpgradeOutcome>> Control::upgrade() {
  // Whoever asks may go away before it is done.
  auto asked = std::make_shared<UpgradeAsked>(loop_);
  tasks_.spawn(run_upgrade(asked));
  [[maybe_unused]] const bool told = co_await asked->told.wait(base::kNever);
  co_return *asked->outcome;
}

net::Task<void> Control::run_upgrade(std::shared_ptr<UpgradeAsked> asked) {
  if (upgrading_ || phase_ != Phase::kServing || !circumstances_.program) {
    const char* why = upgrading_                   ? "an upgrade is under way"
                      : !circumstances_.program    ? "what was not started by `headgate run` cannot be upgraded"
                      : phase_ == Phase::kStarting ? "headgate is starting"
                                                   : "headgate is stopping";
    log_.warn("upgrade refused: {}", why);
    asked->outcome = base::Result<admin::UpgradeOutcome>(refused(why));
    asked->told.open();
    co_return;
  }
  upgrading_ = true;
  upgrade_said_.clear();
  const base::Time begun = loop_.now();
  log_.info("upgrade: starting {}", circumstances_.program->path);
  base::Result<handover::Predecessor::Ready> successor = co_await raise_successor();
  upgrading_ = false;
  if (!successor) {
    predecessor_.reset();
    upgrade_said_ = successor.error().message;
    log_.error("upgrade failed, this process goes on: {}", upgrade_said_);
    events_.add(
        {.at = base::wall_now(), .kind = admin::Event::Kind::kUpgrade, .text = "upgrade failed: " + upgrade_said_});
    supervision_.look_again();
    asked->outcome = base::Result<admin::UpgradeOutcome>(successor.error());
    if (std::exchange(reload_after_upgrade_, false)) begin_reload();
  } else {
    asked->outcome = admin::UpgradeOutcome{::getpid(), successor->pid, loop_.now() - begun};
    hand_over_to(*successor);
  }
  asked->told.open();
}

/// Until a new process is ready, or will not be. Whatever comes of it, this one serves.
net::Task<base::Result<handover::Predecessor::Ready>> Control::raise_successor() {
  while (reloading_) co_await net::sleep_until(loop_, loop_.now() + 10ms);  // which ends by itself
  // A bind that the last reload removed and the file has again would be in use for the new process.
  const base::Time retired = loop_.now() + kRetiredSocketsWait;
  while (has_retiring_sockets() && loop_.now() < retired) co_await net::sleep_until(loop_, loop_.now() + 10ms);
  auto copied = std::make_shared<Awaited<Worker::CopiedSocket>>(loop_);
  auto answers = std::make_shared<std::size_t>(0);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    // The gate is one of this loop's: a worker that is late must not be the last to hold it.
    const std::weak_ptr<Awaited<Worker::CopiedSocket>> open = copied;
    worker->copy_sockets([this, open, answers](std::shared_ptr<std::vector<Worker::CopiedSocket>> sockets) {
      loop_.post([this, open, answers, sockets] {
        const std::shared_ptr<Awaited<Worker::CopiedSocket>> awaited = open.lock();
        if (!awaited) return;
        for (Worker::CopiedSocket& each : *sockets) awaited->values.push_back(std::move(each));
        if (++*answers == workers_.size()) awaited->told.open();
      });
    });
  }
  const bool all_answered = co_await copied->told.wait(loop_.now() + kWorkersAnswerWait);
  if (!all_answered) co_return refused("a worker stands still");

  handover::Letter letter;
  letter.pid = ::getpid();
  letter.version = kVersion;
  health::Heritage heritage = pools_.health().heritage();
  heritage.region_wishes = regions_.heritage();
  letter.health = handover::health_text(heritage);
  letter.tickets = handover::tickets_text(ticket_keys());
  for (const config::StickyKey& key : sticky_.own_keys()) letter.sticky_keys += config::sticky_key_text(key) + "\n";
  std::vector<int> descriptors;
  for (const Worker::CopiedSocket& each : copied->values) {
    letter.sockets.push_back({each.bind, {}, each.worker});
    descriptors.push_back(each.socket.fd());
  }
  for (const auto& [door, socket] : admin_->sockets()) {
    letter.sockets.push_back({door, {}, 0});
    descriptors.push_back(socket->fd());
  }
  for (const systemd::PassedSocket& each : circumstances_.sockets.passed()) {
    letter.sockets.push_back({{}, each.name, 0});
    descriptors.push_back(each.socket.fd());
  }
  if (descriptors.size() > handover::Letter::kSocketsMax) {
    co_return refused(fmt::format("{} listening sockets are more than can be handed over", descriptors.size()));
  }
  predecessor_ =
      std::make_unique<handover::Predecessor>(*circumstances_.program, std::move(letter), std::move(descriptors));
  auto outcome = std::make_shared<Awaited<handover::Predecessor::Outcome>>(loop_);
  predecessor_->start([this, outcome](handover::Predecessor::Outcome told) {
    loop_.post([outcome, told = std::move(told)] {
      outcome->values.push_back(told);
      outcome->told.open();
    });
  });
  [[maybe_unused]] const bool told = co_await outcome->told.wait(base::kNever);
  if (phase_ != Phase::kServing) co_return refused("headgate is stopping");
  if (outcome->values[0] && !predecessor_->is_well()) co_return refused("the new process ended when it was ready");
  co_return outcome->values[0];
}

handover::TicketKeysByListener Control::ticket_keys() const {
  handover::TicketKeysByListener out;
  for (const Snapshot::Listener& listener : snapshot_->listeners) {
    if (listener.settings->tls) out.emplace(listener.settings->name, listener.share->tls->sessions.tickets.keys());
  }
  return out;
}

/// Clients come back with tickets of the predecessor.
void Control::adopt_ticket_keys(const Snapshot& snapshot) {
  if (!circumstances_.ticket_keys_lack.empty()) {
    log_.warn("TLS sessions begin anew, the ticket keys are not taken over: {}", circumstances_.ticket_keys_lack);
  }
  for (const Snapshot::Listener& listener : snapshot.listeners) {
    const auto known = circumstances_.ticket_keys.find(listener.settings->name);
    if (known == circumstances_.ticket_keys.end()) continue;
    listener.share->tls->sessions.tickets.adopt(std::move(known->second));
  }
  circumstances_.ticket_keys.clear();
}

/// Clients come back with cookies that the predecessor sealed.
void Control::adopt_sticky_keys() {
  const std::string text = std::exchange(circumstances_.sticky_keys, {});
  if (text.empty()) return;
  base::Result<config::StickyKeys> keys = config::parse_sticky_keys(text);
  if (keys) {
    sticky_.adopt(std::move(*keys));
  } else {
    log_.warn("sticky sessions begin anew, the keys are not taken over: {}", keys.error().message);
  }
}

/// The point of no return: from here on the new process is the service.
void Control::hand_over_to(const handover::Predecessor::Ready& successor) {
  circumstances_.notifier.main_pid(successor.pid);
  circumstances_.notifier.be_silent();
  if (circumstances_.handed_over) circumstances_.handed_over();
  tables_.close();  // the new process takes them up
  predecessor_->say_go();
  log_.info("upgrade: pid {} has taken over", successor.pid);
  events_.add({.at = base::wall_now(),
               .kind = admin::Event::Kind::kUpgrade,
               .text = fmt::format("pid {} has taken over", successor.pid)});
  if (std::exchange(reload_after_upgrade_, false)) ::kill(successor.pid, SIGHUP);
  for (const auto& [bind, endpoint] : binds_.endpoints()) {
    if (!successor.not_taken.contains(bind)) given_away_.insert(bind);
  }
  admin_->leave(successor.not_taken);
  phase_ = Phase::kDraining;
  handed_over_ = true;
  tasks_.spawn(drain());
}

/// The first configuration of this process is compiled and its sockets are there. From here on it is the service: at
/// once, or once its predecessor says so.
base::Result<void> Control::become_the_service(Binds::Change& binds, admin::Server::Change& admin) {
  GivenSockets& sockets = circumstances_.sockets;
  for (const std::string& said : sockets.close_unmatched()) log_.error("{}", said);
  if (!circumstances_.successor) return {};
  const std::vector<std::string> not_taken = sockets.not_taken();
  sockets.close_inherited();  // or what is accepted last over there would not be the last
  const base::Result<void> ready = circumstances_.successor->say_ready(not_taken);
  if (!ready) return ready;
  circumstances_.notifier.speak();
  log_.info("upgrade: taking over from pid {} (headgate {})", circumstances_.predecessor_pid,
            circumstances_.predecessor_version);
  events_.add({.at = base::wall_now(),
               .kind = admin::Event::Kind::kUpgrade,
               .text = fmt::format("has taken over from pid {}", circumstances_.predecessor_pid)});
  if (!circumstances_.heritage_lacks.empty()) {
    log_.warn("what health knew and operators wished is not taken over: {}", circumstances_.heritage_lacks);
  }
  regions_.inherit(std::move(circumstances_.heritage.region_wishes));
  pools_.health().inherit(std::move(circumstances_.heritage));
  binds_.open_lacking(binds);
  Binds::own_paths(binds);
  if (admin.unix_socket && !admin.unix_socket->stays_open_elsewhere()) admin.unix_socket->own_path();
  return {};
}

bool Control::predecessor_is_gone() const {
  return !circumstances_.successor || circumstances_.successor->predecessor_is_gone();
}

}  // namespace headgate::proxy
