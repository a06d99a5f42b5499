#pragma once
#include <coroutine>
#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/task.h"

struct evdns_base;

namespace headgate::net {

/// Asks DNS without blocking its loop. Reads /etc/hosts; asks the servers of /etc/resolv.conf, or those given.
class Resolver {
 public:
  /// `servers` empty: those of /etc/resolv.conf.
  static base::Result<std::unique_ptr<Resolver>> open(Loop& loop, const std::vector<base::Endpoint>& servers);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The A and AAAA addresses of a host, sorted, without duplicates; at least one. kUnreachable: there are none, or no
  /// server answers. At most kAddressesMax; the rest is dropped.
  Task<base::Result<std::vector<base::IpAddress>>> resolve(std::string host);

  static constexpr std::size_t kAddressesMax = 1024;

 private:
  struct BaseDeleter {
    void operator()(evdns_base* base) const;
  };
  Resolver(Loop& loop, std::unique_ptr<evdns_base, BaseDeleter> base) : loop_(loop), base_(std::move(base)) {}
  Loop& loop_;
  std::unique_ptr<evdns_base, BaseDeleter> base_;
};

}  // namespace headgate::net
