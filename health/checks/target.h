#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/task.h"
#include "net/tls/known_server.h"

namespace headgate::health::checks {

/// What is checked: an address, and who is to be found there.
struct Target {
  Target(base::Endpoint where, std::shared_ptr<net::tls::KnownServer> who = nullptr)
      : address(std::move(where)), server(std::move(who)) {}
  base::Endpoint address;
  std::shared_ptr<net::tls::KnownServer> server;  ///< null: without TLS
  std::string opening;                            ///< sent before anything else, TLS included: a PROXY header

  /// What a check calls the backend in Host unless it is told otherwise: the name that its certificate is for, else its
  /// address.
  std::string host() const;
};

/// A connection for one check: with TLS the handshake is part of it.
net::Task<base::Result<std::unique_ptr<net::Socket>>> connect_to(net::Loop& loop, Target target, base::Time deadline);

}  // namespace headgate::health::checks
