#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "proxy/message/phase.h"

namespace headgate::proxy::message {

/// One client's connection as admin shows it: copies, made on the worker's thread.
struct ConnectionRow {
  std::string listener;
  std::size_t worker = 0;
  base::IpAddress client;  ///< of the request under way, after trusted proxies are believed; without one as `peer`
  base::IpAddress peer;    ///< whom a PROXY header names, or the socket's
  base::Duration age{0};
  Phase phase = Phase::kIdle;
  std::uint32_t requests = 0;          ///< begun
  std::uint32_t requests_running = 0;  ///< of them; over HTTP/2 several at once, the oldest of which is shown
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;  ///< of answers that are over
  // Of the request under way; empty without one, or while they are not known.
  std::string method;
  std::string host;
  std::string path;  ///< at most ConnectionList::kPathBytesMax of it
  std::string route;
  std::string backend;
};

/// Which connections are wanted.
struct ConnectionQuery {
  std::size_t limit = 100;
  std::optional<base::IpAddress> client;  ///< its address, or the peer's
  std::string listener;                   ///< empty: all
};

/// What one worker answers. Those with a request under way come first.
struct ConnectionList {
  static constexpr std::size_t kPathBytesMax = 256;
  std::vector<ConnectionRow> rows;  ///< at most the limit
  std::uint64_t total = 0;          ///< that match, shown or not
};

}  // namespace headgate::proxy::message
