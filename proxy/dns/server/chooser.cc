#include "proxy/dns/server/chooser.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "proxy/dns/zone/records.h"

namespace headgate::proxy::dns::server {

std::vector<std::uint16_t> firsts_of(std::span<const std::uint32_t> weights) {
  std::vector<std::int64_t> shares(weights.begin(), weights.end());
  std::int64_t divisor = 0;
  for (const std::int64_t share : shares) divisor = std::gcd(divisor, share);
  if (divisor == 0) return {};
  for (std::int64_t& share : shares) share /= divisor;
  const auto sum_of = [&shares] { return std::accumulate(shares.begin(), shares.end(), std::int64_t{0}); };
  while (static_cast<std::size_t>(sum_of()) > std::max(kTurnsMax, shares.size())) {
    for (std::int64_t& share : shares) share = (share + 1) / 2;
  }
  // Smooth weighted round robin, as nginx has it.
  const std::int64_t sum = sum_of();
  std::vector<std::int64_t> due(shares.size(), 0);
  std::vector<std::uint16_t> out;
  for (std::int64_t turn = 0; turn < sum; ++turn) {
    for (std::size_t i = 0; i < due.size(); ++i) due[i] += shares[i];
    const auto first = static_cast<std::size_t>(std::max_element(due.begin(), due.end()) - due.begin());
    due[first] -= sum;
    out.push_back(static_cast<std::uint16_t>(first));
  }
  return out;
}

std::span<const std::string> RegionChooser::Turns::next() {
  const std::size_t count = twice.size() / 2;
  if (count <= 1) return {twice.data(), count};
  if (++turn >= firsts.size()) turn = 0;
  return {twice.data() + firsts[turn], count};
}

RegionChooser::RegionChooser(std::shared_ptr<geo::AtlasShare> atlas, std::shared_ptr<regions::RegionsShare> regions,
                             std::size_t worker, std::uint64_t seed)
    : desk_(atlas, worker), regions_(atlas ? atlas->regions().size() : 0), random_(seed) {
  if (regions) view_ = std::make_unique<regions::MapView>(std::move(regions));
}

void RegionChooser::ask_for(const wire::dns::Query& query, const base::IpAddress& from) {
  // A source of no bits asks for what its sender would get (RFC 7871 section 7.1.2).
  is_subnet_ = query.edns && query.edns->subnet && query.edns->subnet->source_bits != 0;
  asker_ = is_subnet_ ? query.edns->subnet->address : from;
}

RegionChooser::Pool& RegionChooser::pool_of(const regions::ServingMap& map, std::size_t index) {
  if (index >= pools_.size()) pools_.resize(index + 1);
  if (!pools_[index]) {
    pools_[index] = std::make_unique<Pool>();
    pools_[index]->places.resize(regions_ + 1);
  }
  Pool& pool = *pools_[index];
  if (pool.generation != view_->generation()) {
    pool.generation = view_->generation();
    const regions::Serving one = map.of(index, geoip::kNoRegion);
    pool.is_same_for_all = true;
    for (std::size_t region = 0; region < regions_ && pool.is_same_for_all; ++region) {
      pool.is_same_for_all = map.of(index, static_cast<geoip::RegionIndex>(region)) == one;
    }
  }
  return pool;
}

void RegionChooser::fill(Turns& turns, std::span<const config::RegionAddress> addresses, bool is_v4) {
  turns.twice.clear();
  std::vector<std::uint32_t> weights;
  for (int i = 0; i < 2; ++i) {
    for (const config::RegionAddress& each : addresses) {
      if (each.address.is_v4() != is_v4) continue;
      turns.twice.push_back(zone::address_data(each.address));
      if (i == 0) weights.push_back(each.weight);
    }
  }
  turns.firsts = firsts_of(weights);
  // Workers that began alike would give the same order at the same time.
  turns.turn = turns.firsts.empty() ? 0 : random_.below(static_cast<std::uint32_t>(turns.firsts.size()));
}

RegionChooser::Place& RegionChooser::place_of(const regions::ServingMap& map, Pool& pool, std::size_t pool_index,
                                              geoip::RegionIndex region) {
  Place& place = pool.places[std::min<std::size_t>(region, regions_)];
  if (place.generation != pool.generation) {
    place.generation = pool.generation;
    const std::span<const config::RegionAddress> addresses =
        region == geoip::kNoRegion ? map.everywhere() : map.healthy(pool_index, region);
    fill(place.v4, addresses, true);
    fill(place.v6, addresses, false);
  }
  return place;
}

zone::Addresses RegionChooser::choose(const zone::GeoName& name, wire::dns::Type type) {
  choice_.pool = name.pool;
  choice_.client = {};
  choice_.serving = {};
  if (!view_) return {{}, name.ttl_seconds, 0};
  int prefix_bits = 0;
  if (desk_.knows_anything()) {
    const geoip::Decided decided = desk_.decide(asker_);
    choice_.client = decided.decision;
    prefix_bits = decided.prefix_bits;
  }
  const regions::ServingMap& map = view_->map();
  Pool& pool = pool_of(map, name.pool_index);
  choice_.serving = map.of(name.pool_index, choice_.client.region);
  const bool has_any = choice_.has_region();
  Place& place = place_of(map, pool, name.pool_index, has_any ? choice_.serving.region : geoip::kNoRegion);
  zone::Addresses out;
  out.data = (type == wire::dns::Type::kA ? place.v4 : place.v6).next();
  out.ttl_seconds =
      choice_.serving.is_failing || !has_any ? std::min(name.ttl_seconds, name.failing_ttl_seconds) : name.ttl_seconds;
  out.scope_bits = is_subnet_ && !pool.is_same_for_all ? static_cast<std::uint8_t>(prefix_bits) : std::uint8_t{0};
  return out;
}

}  // namespace headgate::proxy::dns::server
