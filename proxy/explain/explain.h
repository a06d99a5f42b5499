#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/explain/explanation.h"
#include "proxy/explain/listener_choice.h"
#include "proxy/explain/pool_part.h"
#include "proxy/explain/question.h"
#include "proxy/http/site.h"

// Why a request would be answered as it would be: every step that an Exchange takes, by the same functions, without a
// connection. Pure: the configuration, its compiled site, the state of pools and the time come in as arguments.
//
//     base::Result<Explanation> explanation = explain(question, surroundings);
//     while (const config::Pool* pool = pool_of(*explanation, config)) {
//       if (!complete(*explanation, *pool, view_of(*pool))) break;
//     }
//     std::fputs(text_of(*explanation, TextStyle{}).c_str(), stdout);
namespace headgate::proxy::sticky::table {
class Store;
}

namespace headgate::proxy::explain {

struct Surroundings {
  const config::Config& config;
  const http::Site& site;  ///< compiled from it; its limiters are asked and not charged
  const Binds& binds;
  base::Time now;
  base::WallTime at;
  bool live = false;
  std::shared_ptr<const sticky::Keyring> keys = nullptr;  ///< of sticky cookies; null: not at hand
  /// The sessions of a pool; empty, or null for a pool: not at hand.
  std::function<std::shared_ptr<sticky::table::Store>(const std::string& pool)> sessions = {};
};

/// All but the pool. Fails on a question that is none: a URL that no client could send, an unknown listener.
base::Result<Explanation> explain(const Question& question, const Surroundings& surroundings);

/// The pool whose backends would be asked; null if headgate answers by itself.
const config::Pool* pool_of(const Explanation& explanation, const config::Config& config);

/// What the request wants of that pool, with which its forecast is to be asked for.
balance::Wish wish_of(const Explanation& explanation, const config::Pool& pool);

/// Adds what the pool would do. True where another pool serves in its place: pool_of() names that now, and it is to be
/// completed with that.
bool complete(Explanation& explanation, const config::Pool& pool, const PoolView& view);

}  // namespace headgate::proxy::explain
