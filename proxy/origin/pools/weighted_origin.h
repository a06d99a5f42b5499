#pragma once
#include <memory>
#include <string>
#include <vector>

#include "proxy/origin/pool_origin.h"

namespace headgate::proxy::origin::pools {

/// Answers from one of several pools, each with its share of the clients: a client (by its address) stays with its pool
/// on every worker, every instance and after every restart. Where weights change, only as many clients move as must:
/// each pool has a stretch of the hashes, in the order in which the pools are written. While none of a pool's backends
/// may be chosen the next one that has a weight and backends serves its clients.
class WeightedOrigin final : public Origin {
 public:
  struct Share {
    std::unique_ptr<PoolOrigin> pool;
    std::string name;
    std::size_t slot = 0;  ///< in the PoolDirectory
    std::uint32_t weight = 0;
  };
  /// One weight at least is above 0.
  explicit WeightedOrigin(std::vector<Share> shares);

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request& request, base::Arena& arena) const override;
  std::string describe() const override;

 private:
  std::size_t place_of(const base::IpAddress& client) const;
  /// The next with a weight; `place` itself if there is no other.
  std::size_t next_of(std::size_t place) const;
  std::vector<Share> shares_;
  std::uint64_t sum_ = 0;
};

}  // namespace headgate::proxy::origin::pools
