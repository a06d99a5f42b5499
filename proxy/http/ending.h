#pragma once
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace headgate::proxy::http {

/// How an exchange or a connection ended, if not well. One table feeds the access log, the metrics and the docs.
enum class Ending : std::uint8_t {
  kWell,
  kClientGone,
  kRequestMalformed,
  kRequestTooLarge,
  kRequestTimeout,
  kNotImplemented,
  kMisdirected,
  kNoRoute,
  kRateLimited,
  kNoBackend,
  kQueueTimeout,
  kConnectFailed,
  kBackendReset,
  kBackendMalformed,
  kBackendTimeout,
  kAnswerCut,
  kClientStalled,
  kTunnelIdle,
  kInternal,
  kCount,
};

struct EndingFacts {
  std::string_view name;  ///< "client_gone": the word in logs and metrics
  base::Fault fault;
  std::string_view sentence;  ///< for people
};

const EndingFacts& facts_of(Ending ending);

/// What an error before an answer's head means, and the status that says so to the client.
struct Verdict {
  Ending ending;
  std::uint16_t status;  ///< 0: nobody is there to be told
};
Verdict verdict_on(const base::Error& error);

/// What an error in the middle of an answer means.
Ending ending_of_cut(const base::Error& error);

}  // namespace headgate::proxy::http
