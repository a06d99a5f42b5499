#pragma once
#include <memory>
#include <string>
#include <vector>

#include "proxy/origin/pool_origin.h"
#include "proxy/origin/pools/shard_choice.h"

namespace headgate::proxy::origin::pools {

/// Answers from the pool that a request's key belongs to. A request without the key, or with one that no range can
/// hold, is answered 400 with a text that says what is missing.
class ShardOrigin final : public Origin {
 public:
  /// `slots` are the places of `settings.pools` in the PoolDirectory.
  ShardOrigin(config::ShardOrigin settings, const std::vector<std::size_t>& slots);

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request& request, base::Arena& arena) const override;
  std::string describe() const override;

 private:
  struct Found {
    std::string_view text;             // the key; empty: it is missing, or a client
    std::optional<std::size_t> place;  // of its pool
  };
  Found find(const message::Request& request) const;
  net::Task<base::Result<void>> refuse(Call& call, message::Response& response) const;

  config::ShardOrigin settings_;
  ShardChoice choice_;
  std::vector<std::unique_ptr<PoolOrigin>> pools_;
  std::string refusal_;  // to whom no shard is found for
};

}  // namespace headgate::proxy::origin::pools
