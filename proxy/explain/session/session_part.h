#pragma once
#include <optional>

#include "config/config.h"
#include "proxy/balance/forecast.h"
#include "proxy/explain/explanation.h"

namespace headgate::proxy::explain::session {

/// What a pool that is sticky makes of the session that the request shows; nothing of one that is not. `forecast` is a
/// worker's, for that request; null: none answered.
std::optional<SessionPart> session_part_of(const config::Pool& pool, const KnownSession& known,
                                           const balance::Forecast* forecast);

}  // namespace headgate::proxy::explain::session
