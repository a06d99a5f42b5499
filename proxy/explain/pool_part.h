#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "health/table.h"
#include "proxy/balance/forecast.h"
#include "proxy/discovery/name_row.h"
#include "proxy/explain/explanation.h"
#include "wire/http/method.h"

namespace headgate::proxy::explain {

/// What is known of a pool at one moment.
struct PoolView {
  std::vector<balance::Forecast> forecasts;  ///< of the workers that said theirs
  std::vector<std::uint32_t> silent;         ///< workers that did not in time
  std::vector<health::Row> health;           ///< the table's rows
  std::vector<discovery::NameRow> names;     ///< that pools are found by
  bool is_checked = false;                   ///< false: no daemon runs, and nobody knows who is up
  std::uint32_t waiting = 0;                 ///< requests in the queue, over all workers
  base::WallTime now;
};

/// Drops the forecasts of another version of the pool than this, the newest: a worker that has not taken it over yet.
void keep_version(PoolView& view, const std::shared_ptr<const balance::PoolVersion>& version);

/// Each backend of a pool, which of them may be chosen, and which would be taken for a request of that method with that
/// session.
PoolPart pool_part_of(const config::Pool& pool, const PoolView& view, wire::http::Method method,
                      const session::KnownSession& known = {});

/// The answer, once the pool is known: a backend's, or headgate's own if none can be had.
AnswerPart answer_of(const PoolPart& pool, AnswerPart planned);

}  // namespace headgate::proxy::explain
