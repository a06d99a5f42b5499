#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "config/request/key.h"

// What answers the requests of a route. See config.h.
namespace headgate::config {

struct PoolOrigin {
  std::string pool;
  friend bool operator==(const PoolOrigin&, const PoolOrigin&) = default;
};
/// `pool: {app: 95, canary: 5}`: a share of the clients to each.
struct WeightedOrigin {
  struct Share {
    std::string pool;
    std::uint32_t weight = 0;
    friend bool operator==(const Share&, const Share&) = default;
  };
  std::vector<Share> shares;  ///< as written; of the weights one at least is not 0
  friend bool operator==(const WeightedOrigin&, const WeightedOrigin&) = default;
};
/// Safe methods (RFC 9110 section 9.2.1) to one pool, the others to another.
struct SplitOrigin {
  std::string read;
  std::string write;
  base::Duration pin_after_write = std::chrono::seconds(2);  ///< 0: none
  friend bool operator==(const SplitOrigin&, const SplitOrigin&) = default;
};
struct ShardOrigin {
  enum class Method : std::uint8_t { kConsistent, kModulo, kRanges };
  request::Key key;
  std::vector<std::string> pools;  ///< one may stand here twice
  Method method = Method::kConsistent;
  std::vector<std::string> bounds;  ///< with kRanges: one fewer than pools, rising; a pool's keys are below its bound
  bool numeric_bounds = false;      ///< all are whole numbers, and so must be the keys
  friend bool operator==(const ShardOrigin&, const ShardOrigin&) = default;
};
struct StaticOrigin {
  std::string root;  ///< absolute
  std::string index = "index.html";
  friend bool operator==(const StaticOrigin&, const StaticOrigin&) = default;
};
struct RedirectOrigin {
  std::string to;  ///< with {uri}, {host}, {path}, {query}, {scheme}
  std::uint16_t status = 308;
  friend bool operator==(const RedirectOrigin&, const RedirectOrigin&) = default;
};
struct RespondOrigin {
  std::uint16_t status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
  friend bool operator==(const RespondOrigin&, const RespondOrigin&) = default;
};
using Origin =
    std::variant<PoolOrigin, WeightedOrigin, SplitOrigin, ShardOrigin, StaticOrigin, RedirectOrigin, RespondOrigin>;

/// The pools that may answer for an origin, as written; none for one that answers by itself.
std::vector<std::string> pools_of(const Origin& origin);

/// Copies of a route's requests, of which nobody sees the answers.
struct Mirror {
  std::string pool;
  double share_percent = 100;
  friend bool operator==(const Mirror&, const Mirror&) = default;
};

}  // namespace headgate::config
