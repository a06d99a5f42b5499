#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "health/checks/agent_check.h"
#include "health/checks/standing.h"
#include "health/heritage.h"
#include "health/question.h"
#include "health/table.h"
#include "health/turnstile.h"
#include "net/loop.h"
#include "net/task.h"
#include "net/timer.h"
#include "net/waiting.h"

// What the table keeps of pools and backends. Belongs to the control thread.
namespace headgate::health {

/// What every entry of the table uses.
struct Surroundings {
  net::Loop& loop;
  base::Log& log;
  Turnstile turnstile;
  base::Random random;
  Table::Moved moved = {};        ///< may be empty
  net::TaskScope questions = {};  ///< of entries that are there and of those that have left meanwhile
};

/// An operator's wish, kept for all backends of one id that there are and will be.
struct KeptWish {
  checks::OperatorWish wish;
  std::string why;
  base::WallTime since;

  WishRow row(base::Time now) const;
};

/// What the backends of one pool share.
struct PoolRules {
  std::string name;
  config::Health settings;
  std::uint32_t check_version =
      0;  ///< counts changes of what is checked, so that an answer to an older question is dropped
  std::uint32_t backends = 0;
  std::uint32_t ejected = 0;
  bool changed = false;  ///< since it was last announced
  /// Told when `changed` became true.
  std::function<void()> on_changed;
};

/// For how long what a backend said of its load counts.
base::Duration stale_after(const config::Health& settings);

/// One backend of one pool: its checks, what workers report of it, and where it stands.
class Entry : public std::enable_shared_from_this<Entry> {
 public:
  Entry(Surroundings& surroundings, PoolRules& pool, Table::Member member);
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  /// Before start(): where an earlier process left it.
  void inherit(const InheritedBackend& inherited);
  /// Makes the word that workers read, and begins to check `first_check_after` from now.
  void start(base::Duration first_check_after);
  /// After the pool's settings changed; `check_now` if it is another check.
  void apply_settings(bool check_now);
  /// From its next check on it is spoken to so.
  void set_server(std::shared_ptr<net::tls::KnownServer> server) { member_.server = std::move(server); }
  void set_configured_drain(bool draining, std::string_view why);
  void set_wish(const KeptWish& wish);
  void end_ejection();

  const Table::Member& member() const { return member_; }
  const std::string& pool_name() const { return pool_.name; }
  const std::shared_ptr<BackendHealth>& word() const { return word_; }
  bool is_ejected() const { return standing_.is_ejected(); }
  Row row() const;
  InheritedBackend to_be_inherited() const;
  /// What was inherited has been put together: a state that is entered from now on is new.
  void settle_inherited() { inherited_since_.reset(); }

 private:
  net::Task<void> keep_checking(base::Duration first_check_after);
  net::Task<void> check_once();
  static net::Task<void> ask(net::Loop& loop, Question question, std::weak_ptr<Entry> asker, std::uint32_t version);
  void count(const checks::Finding& finding);
  net::Task<void> keep_asking_its_agent();
  void hear(const checks::AgentAnswer& answer);
  void look_at_load();
  /// "; it reports a load of 73%, which leaves it 27% of its weight", or nothing.
  std::string load_says() const;
  void collect_errors();
  void on_time();
  /// After every call of the standing: publishes, logs and counts what changed.
  void publish(bool changed);
  void log_state();

  Surroundings& around_;
  PoolRules& pool_;
  Table::Member member_;
  std::shared_ptr<BackendHealth> word_;
  checks::Standing standing_;
  State logged_ = State::kUp;
  bool counted_as_ejected_ = false;
  bool undecided_ = false;               // the last check was, and has been logged
  bool agent_fails_ = false;             // the same of its agent
  base::Time next_look_ = base::kNever;  // at its load
  config::LoadFeedback load_feedback_;   // as it was last applied
  base::WallTime since_;
  std::optional<base::WallTime> inherited_since_;  // while wishes bring it back to the state that it was in
  base::WallTime last_check_{};
  WishRow wish_;  // but for what moves
  std::uint64_t checks_ok_ = 0;
  std::uint64_t checks_failed_ = 0;
  net::Timer timer_;
  net::Gate check_now_;
  net::Gate answered_;
  net::Gate ask_now_;
  net::Task<void> checking_;
  net::Task<void> asking_;
};

}  // namespace headgate::health
