#include "proxy/discovery/name.h"

#include <algorithm>
#include <set>
#include <utility>

#include "proxy/discovery/pace.h"

namespace headgate::proxy::discovery {

using net::dns::HostAnswer;
using net::dns::Service;
using net::dns::ServiceAnswer;

Name::Name(net::Loop& loop, base::Log& log, net::dns::Resolver& resolver, std::string name, bool is_service,
           Changed changed)
    : loop_(loop),
      log_(log),
      resolver_(resolver),
      name_(std::move(name)),
      is_service_(is_service),
      changed_(std::move(changed)),
      looked_(loop),
      hurry_(loop) {}

void Name::take_over(const Name& before) {
  known_ = before.known_;
  found_ = before.found_;
  has_answer_ = before.has_answer_;
  expires_ = before.expires_;
}

void Name::start(base::Duration every) {
  every_ = every;
  following_ = follow();
  following_.start();
}

void Name::set_every(base::Duration every) {
  const bool is_sooner = every < every_;
  every_ = every;
  if (is_sooner) hurry_.open();
}

net::Task<bool> Name::wait_for_answer(base::Time deadline) {
  if (has_looked_) co_return true;
  co_return co_await looked_.wait(deadline);
}

NameRow Name::row(base::Time now) const {
  NameRow out{.name = name_, .is_service = is_service_, .backends = found_.size(), .problem = problem_};
  if (expires_) out.ttl_left = std::max(*expires_ - now, base::Duration(0));
  return out;
}

net::Task<void> Name::follow() {
  while (true) {
    base::Result<Look> look = co_await look_up();
    const bool has_failed = !look || !look->problem.empty();
    const std::optional<base::Duration> ttl = look ? look->ttl : std::nullopt;
    const bool has_changed = take(std::move(look));
    has_looked_ = true;
    looked_.open();
    if (has_changed) changed_(*this);
    const base::Time ended = loop_.now();
    bool is_hurried = true;
    while (is_hurried) {  // by a configuration that wants it more often
      is_hurried = co_await hurry_.wait(ended + wait_after(ttl, every_, has_failed));
    }
  }
}

net::Task<base::Result<Name::Look>> Name::look_up() {
  if (is_service_) co_return co_await look_up_service();
  co_return co_await look_up_host();
}

net::Task<base::Result<Name::Look>> Name::look_up_host() {
  base::Result<HostAnswer> answer = co_await resolver_.resolve(name_);
  if (!answer) co_return base::Result<Look>(answer.error());
  Look out;
  out.ttl = answer->ttl;
  for (const base::IpAddress& address : whole(name_, std::move(*answer), out))
    out.found.push_back({.address = address});
  co_return base::Result<Look>(std::move(out));
}

/// With the addresses that were known of a family that could not be asked for. Remembers all.
Name::Addresses Name::whole(const std::string& host, HostAnswer answer, Look& look) {
  Addresses& known = known_[host];
  for (const base::IpAddress& address : known) {
    const bool is_lacking = address.is_v4() ? answer.lacks_v4 : answer.lacks_v6;
    if (is_lacking) answer.addresses.push_back(address);
  }
  if (answer.lacks_v4 || answer.lacks_v6) {
    look.problem = "resolve " + name_ + ": no answer to " + (answer.lacks_v4 ? "A" : "AAAA") + " of " + host;
  }
  std::ranges::sort(answer.addresses);
  known = std::move(answer.addresses);
  return known;
}

net::Task<base::Result<Name::Look>> Name::look_up_service() {
  base::Result<ServiceAnswer> answer = co_await resolver_.resolve_service(name_);
  if (!answer) co_return base::Result<Look>(answer.error());
  Look out;
  out.ttl = answer->ttl;
  std::set<std::string> names;
  for (const Service& service : answer->services) names.insert(service.target);
  std::erase_if(known_, [&](const auto& each) { return !names.contains(each.first); });
  std::vector<std::string> hosts(names.begin(), names.end());
  for (std::size_t begin = 0; begin < hosts.size(); begin += kTargetsAtOnce) {
    const std::size_t count = std::min(kTargetsAtOnce, hosts.size() - begin);
    std::vector<net::Task<base::Result<HostAnswer>>> asking;
    for (std::size_t i = 0; i < count; ++i) {
      asking.push_back(resolver_.resolve(hosts[begin + i]));
      asking.back().start();
    }
    for (std::size_t i = 0; i < count; ++i) {
      base::Result<HostAnswer> found = co_await asking[i];
      const std::string& host = hosts[begin + i];
      if (!found) {
        out.problem = found.error().message + " (a target of " + name_ + ")";
        continue;
      }
      if (found->ttl) out.ttl = std::min(*out.ttl, *found->ttl);
      whole(host, std::move(*found), out);
    }
  }
  std::vector<Target> targets;
  for (Service& service : answer->services) targets.push_back({service, known_[service.target]});
  out.found = found_of(targets);
  if (!answer->services.empty() && out.found.empty()) {
    co_return base::Result<Look>(base::Error{base::ErrorKind::kUnreachable, base::Fault::kUpstream, out.problem});
  }
  co_return base::Result<Look>(std::move(out));
}

/// True if the set is another one.
bool Name::take(base::Result<Look> look) {
  if (!look) {
    // A name server that is down takes no backend away, and neither does a name that somebody deletes by mistake.
    note_problem(look.error().message);
    return false;
  }
  note_problem(look->problem);
  expires_.reset();
  if (look->ttl) expires_ = loop_.now() + *look->ttl;
  const bool is_first = !has_answer_;
  has_answer_ = true;
  if (!is_first && look->found == found_) return false;
  found_ = std::move(look->found);
  if (is_service_ && found_.empty()) {
    log_.warn("resolve {}: its record says that the service is not to be had there ('.'); no backends", name_);
  } else {
    log_.info("resolve {}: {} addresses", name_, found_.size());
  }
  return true;
}

void Name::note_problem(std::string problem) {
  if (problem.empty() && !problem_.empty()) log_.info("resolve {}: answered again", name_);
  if (!problem.empty() && problem_.empty()) log_.warn("{}; {} known addresses stay", problem, found_.size());
  problem_ = std::move(problem);
}

}  // namespace headgate::proxy::discovery
