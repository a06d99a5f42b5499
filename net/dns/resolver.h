#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/dns/answer.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::net::dns {

class Channel;

/// The addresses of a host.
struct HostAnswer {
  std::vector<base::IpAddress> addresses;  ///< sorted, without duplicates; at least one
  std::optional<base::Duration> ttl;       ///< how long they may be relied on; nothing: DNS was not asked
  bool lacks_v4 = false;                   ///< whether it has A records could not be found out
  bool lacks_v6 = false;                   ///< the same of AAAA
};

/// The servers of a service.
struct ServiceAnswer {
  std::vector<Service> services;  ///< sorted, without duplicates; empty: "." says that the service is not to be had
  base::Duration ttl{};
};

/// Asks DNS without blocking its loop. Reads /etc/hosts; asks the servers of /etc/resolv.conf, or those given.
class Resolver {
 public:
  /// `servers` empty: those of /etc/resolv.conf.
  static base::Result<std::unique_ptr<Resolver>> open(Loop& loop, const std::vector<base::Endpoint>& servers);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The A and AAAA addresses of a host. kUnreachable: there are none, or no server answers. At most kAddressesMax; the
  /// rest is dropped.
  Task<base::Result<HostAnswer>> resolve(std::string host);
  /// The SRV records of a service, "_http._tcp.app.internal" (RFC 2782). kUnreachable: as above. At most kServicesMax,
  /// those of the lowest priorities; the rest is dropped.
  Task<base::Result<ServiceAnswer>> resolve_service(std::string service);

  static constexpr std::size_t kAddressesMax = 1024;
  static constexpr std::size_t kServicesMax = 256;

 private:
  explicit Resolver(std::unique_ptr<Channel> channel);
  std::unique_ptr<Channel> channel_;
};

}  // namespace headgate::net::dns
