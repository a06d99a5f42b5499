#include "proxy/discovery/names.h"

#include <utility>

namespace headgate::proxy::discovery {

base::Result<std::unique_ptr<Names>> Names::open(net::Loop& loop, base::Log& log, std::vector<base::Endpoint> servers,
                                                 Changed changed) {
  std::unique_ptr<Names> out(new Names(loop, log, std::move(servers), std::move(changed)));
  base::Result<std::unique_ptr<net::dns::Resolver>> resolver = net::dns::Resolver::open(loop, out->servers_);
  if (!resolver) return resolver.error();
  out->resolver_ = std::move(*resolver);
  return out;
}

Name& Names::follow(const config::BackendName& wanted, const Names* before) {
  std::unique_ptr<Name>& name = by_host_[wanted.host];
  if (name) return *name;
  name = std::make_unique<Name>(loop_, log_, *resolver_, wanted.host, wanted.is_service,
                                [this](const Name& changed) { changed_(*this, changed); });
  if (before != nullptr && before != this) {
    if (const Name* const known = before->find(wanted.host)) name->take_over(*known);
  }
  name->start(wanted.every);
  return *name;
}

const Name* Names::find(const std::string& host) const {
  const auto found = by_host_.find(host);
  return found == by_host_.end() ? nullptr : found->second.get();
}

void Names::keep_only(const std::map<std::string, base::Duration>& every) {
  std::erase_if(by_host_, [&](const auto& entry) { return !every.contains(entry.first); });
  for (const auto& [host, name] : by_host_) name->set_every(every.at(host));
}

std::vector<NameRow> Names::rows() const {
  std::vector<NameRow> out;
  for (const auto& [host, name] : by_host_) out.push_back(name->row(loop_.now()));
  return out;
}

}  // namespace headgate::proxy::discovery
