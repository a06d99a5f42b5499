#include "proxy/discovery/service.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

namespace headgate::proxy::discovery {
namespace {

/// A backend with its exact part of its target's weight.
struct Share {
  Found found;
  std::uint64_t addresses = 1;  // that share the weight

  bool is_whole() const { return found.record_weight % addresses == 0; }
  double weight() const { return static_cast<double>(found.record_weight) / static_cast<double>(addresses); }
};

/// Those of one order.
void weigh(std::span<Share> shares) {
  double largest = 0;
  bool has_zero = false;
  bool can_stay = true;
  for (const Share& share : shares) {
    largest = std::max(largest, share.weight());
    has_zero = has_zero || share.found.record_weight == 0;
    can_stay = can_stay && share.is_whole();
  }
  if (largest == 0) return;  // no selection is wished for: all weigh 1
  can_stay = can_stay && !has_zero && largest <= kWeightMax;
  for (Share& share : shares) {
    const double exact = can_stay ? share.weight() : share.weight() * kWeightMax / largest;
    share.found.weight = std::max<std::uint32_t>(static_cast<std::uint32_t>(std::lround(exact)), 1);
  }
}

}  // namespace

std::vector<Found> found_of(std::span<const Target> targets) {
  std::vector<const Target*> in_order;
  for (const Target& target : targets) {
    if (!target.addresses.empty()) in_order.push_back(&target);
  }
  // Of an address that several have, the one of the lowest priority and then of the largest weight comes first.
  std::ranges::sort(in_order, {}, [](const Target* each) {
    const net::dns::Service& service = each->service;
    return std::tuple(service.priority, -static_cast<int>(service.weight), std::string_view(service.target),
                      service.port);
  });
  std::vector<Share> shares;
  std::set<std::pair<base::IpAddress, std::uint16_t>> seen;
  std::vector<std::size_t> begins;  // of each order
  for (const Target* target : in_order) {
    const net::dns::Service& service = target->service;
    std::vector<base::IpAddress> own;
    for (const base::IpAddress& address : target->addresses) {
      if (seen.emplace(address, service.port).second) own.push_back(address);
    }
    if (own.empty()) continue;
    if (shares.empty() || shares.back().found.record_priority != service.priority) begins.push_back(shares.size());
    for (const base::IpAddress& address : own) {
      shares.push_back({{.address = address,
                         .port = service.port,
                         .order = static_cast<std::uint32_t>(begins.size() - 1),
                         .target = service.target,
                         .record_priority = service.priority,
                         .record_weight = service.weight},
                        own.size()});
    }
  }
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const std::size_t end = i + 1 < begins.size() ? begins[i + 1] : shares.size();
    weigh(std::span(shares).subspan(begins[i], end - begins[i]));
  }
  std::vector<Found> out;
  for (Share& share : shares) out.push_back(std::move(share.found));
  std::ranges::sort(out, {}, [](const Found& each) { return std::tuple(each.order, each.address, each.port); });
  return out;
}

}  // namespace headgate::proxy::discovery
