#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "net/dns/resolver.h"
#include "net/loop.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/discovery/name_row.h"
#include "proxy/discovery/service.h"

namespace headgate::proxy::discovery {

/// A host or service that backends are found by, and what DNS last said of it: looked up again and again, by its
/// records' TTL (pace.h). What was known stays in use where a look-up fails, for each host and family by itself.
class Name {
 public:
  /// `changed` is told when what was found is another set than before.
  using Changed = std::function<void(const Name& name)>;
  Name(net::Loop& loop, base::Log& log, net::dns::Resolver& resolver, std::string name, bool is_service,
       Changed changed);
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;

  /// Before start(): what `before` knows of the same name stays in use until there is an answer.
  void take_over(const Name& before);
  void start(base::Duration every);
  /// The longest time between look-ups.
  void set_every(base::Duration every);
  /// Until the first look-up has ended; false at the deadline.
  net::Task<bool> wait_for_answer(base::Time deadline);

  const std::string& name() const { return name_; }
  const std::vector<Found>& found() const { return found_; }
  bool has_answer() const { return has_answer_; }
  NameRow row(base::Time now) const;

  /// Targets of a service that are looked up at a time.
  static constexpr std::size_t kTargetsAtOnce = 32;

 private:
  /// What one look-up brought.
  struct Look {
    std::vector<Found> found;
    std::optional<base::Duration> ttl;
    std::string problem;  // empty: it is whole
  };
  using Addresses = std::vector<base::IpAddress>;

  net::Task<void> follow();
  net::Task<base::Result<Look>> look_up();
  net::Task<base::Result<Look>> look_up_host();
  net::Task<base::Result<Look>> look_up_service();
  Addresses whole(const std::string& host, net::dns::HostAnswer answer, Look& look);
  bool take(base::Result<Look> look);
  void note_problem(std::string problem);

  net::Loop& loop_;
  base::Log& log_;
  net::dns::Resolver& resolver_;
  std::string name_;
  bool is_service_;
  Changed changed_;
  base::Duration every_{};
  std::map<std::string, Addresses> known_;  // by host
  std::vector<Found> found_;
  bool has_answer_ = false;
  std::string problem_;
  std::optional<base::Time> expires_;  // of what was found
  bool has_looked_ = false;
  net::Gate looked_;
  net::Gate hurry_;
  net::Task<void> following_;
};

}  // namespace headgate::proxy::discovery
