#pragma once
#include <openssl/types.h>

#include <memory>

#include "base/clock.h"
#include "net/tls/sessions.h"

namespace headgate::net::tls {

struct ResumptionSettings {
  std::shared_ptr<Sessions> sessions;  ///< null: every handshake is a full one
  bool tickets = true;
  std::size_t cache_max = 20'000;                    ///< sessions of clients without tickets; 0: none
  base::Duration lifetime = std::chrono::hours(12);  ///< of a session; ticket keys change as often
};

/// Has a server's context resume sessions. The context keeps what it needs of `settings` alive.
void allow_resumption(SSL_CTX* context, const ResumptionSettings& settings);

}  // namespace headgate::net::tls
