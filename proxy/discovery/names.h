#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "proxy/discovery/name.h"

namespace headgate::proxy::discovery {

/// The names that are followed, and who is asked for them. Belongs to the control thread.
class Names {
 public:
  using Changed = std::function<void(const Names& names, const Name& name)>;
  /// `servers` empty: those of /etc/resolv.conf.
  static base::Result<std::unique_ptr<Names>> open(net::Loop& loop, base::Log& log, std::vector<base::Endpoint> servers,
                                                   Changed changed);
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  const std::vector<base::Endpoint>& servers() const { return servers_; }
  /// Follows it, if that is new; then what `before` knows of it, null allowed, stays in use until there is an answer.
  Name& follow(const config::BackendName& wanted, const Names* before);
  /// Null: it is not followed.
  const Name* find(const std::string& host) const;
  /// Lets all others go, and looks these up as often as is said.
  void keep_only(const std::map<std::string, base::Duration>& every);
  std::vector<NameRow> rows() const;

 private:
  Names(net::Loop& loop, base::Log& log, std::vector<base::Endpoint> servers, Changed changed)
      : loop_(loop), log_(log), servers_(std::move(servers)), changed_(std::move(changed)) {}

  net::Loop& loop_;
  base::Log& log_;
  std::vector<base::Endpoint> servers_;
  Changed changed_;
  std::unique_ptr<net::dns::Resolver> resolver_;
  std::map<std::string, std::unique_ptr<Name>> by_host_;
};

}  // namespace headgate::proxy::discovery
