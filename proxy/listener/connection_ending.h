#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace headgate::proxy::listener {

/// How a connection ended that carries bytes and no requests. One table feeds the access log, the metrics and the docs.
enum class ConnectionEnding : std::uint8_t {
  kWell,
  kBadProxyHeader,
  kHelloTimeout,
  kHelloMalformed,
  kNoPool,
  kNoBackend,
  kQueueTimeout,
  kConnectFailed,
  kClientGone,
  kClientReset,
  kBackendReset,
  kIdle,
  kQueryTimeout,
  kBadMessage,
  kStalled,
  kCut,
  kCount,
};
inline constexpr std::size_t kConnectionEndings = static_cast<std::size_t>(ConnectionEnding::kCount);

struct ConnectionEndingFacts {
  std::string_view name;  ///< "no_pool": the word in logs and metrics; empty for kWell
  base::Fault fault;
  std::string_view sentence;  ///< for people
};

const ConnectionEndingFacts& facts_of(ConnectionEnding ending);

}  // namespace headgate::proxy::listener
