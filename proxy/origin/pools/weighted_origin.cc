#include "proxy/origin/pools/weighted_origin.h"

#include <fmt/core.h>

#include "proxy/origin/pools/client_hash.h"

namespace headgate::proxy::origin::pools {

WeightedOrigin::WeightedOrigin(std::vector<Share> shares) : shares_(std::move(shares)) {
  for (const Share& share : shares_) sum_ += share.weight;
}

std::size_t WeightedOrigin::place_of(const base::IpAddress& client) const {
  // The upper half of the product is the hash in the range of the sum, evenly (Lemire 2019).
  const unsigned __int128 product = static_cast<unsigned __int128>(client_hash(client)) * sum_;
  std::uint64_t left = static_cast<std::uint64_t>(product >> 64);
  std::size_t place = 0;
  while (left >= shares_[place].weight) left -= shares_[place++].weight;
  return place;
}

std::size_t WeightedOrigin::next_of(std::size_t place) const {
  do {
    place = (place + 1) % shares_.size();
  } while (shares_[place].weight == 0);
  return place;
}

net::Task<base::Result<void>> WeightedOrigin::respond(Call& call, message::Response& response) const {
  const std::size_t own = place_of(call.request.client);
  std::size_t place = own;
  while (!call.pools.pool(shares_[place].slot).has_candidates()) {
    place = next_of(place);
    if (place == own) break;
  }
  return shares_[place].pool->respond(call, response);
}

Outlook WeightedOrigin::outlook(const message::Request& request, base::Arena&) const {
  const std::size_t place = place_of(request.client);
  const Share& share = shares_[place];
  Outlook out;
  out.pool = share.name;
  if (const std::size_t next = next_of(place); next != place) out.otherwise = shares_[next].name;
  out.why = fmt::format("{} of {} clients go to pool {}, by their address: this is one of them", share.weight, sum_,
                        share.name);
  return out;
}

std::string WeightedOrigin::describe() const {
  std::string out = "pools";
  for (const Share& share : shares_) out += fmt::format(" {}:{}", share.name, share.weight);
  return out;
}

}  // namespace headgate::proxy::origin::pools
