#include "proxy/balance/choose/maglev.h"

#include <algorithm>

namespace headgate::proxy::balance::choose {
namespace {

constexpr std::uint32_t kFree = ~std::uint32_t{0};

/// Where a member is in its order of all entries.
struct Order {
  std::uint32_t member;
  std::uint64_t id;
  std::uint64_t weight;
  std::uint64_t due = 0;
  std::uint64_t looks = 0;

  /// Each with the same chance, some again and again. Maglev's own order, a first entry and a step, costs a third of
  /// that, but two members whose steps have to do with each other meet all the time, and then one of some hundred pools
  /// of five moves more than two in a hundred keys too many.
  std::size_t next(std::size_t entries) {
    constexpr std::uint64_t kApart = 0x9e3779b97f4a7c15;
    const std::uint64_t word = mixed(id + ++looks * kApart);
    return static_cast<std::size_t>((static_cast<unsigned __int128>(word) * entries) >> 64);
  }
};

std::vector<Order> orders_of(std::span<const HashMember> members) {
  std::vector<Order> out;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].weight != 0) out.push_back({i, members[i].id, members[i].weight});
  }
  // Who comes first in a turn must not depend on the order of the list.
  std::ranges::sort(out, {}, &Order::id);
  return out;
}

}  // namespace

Maglev::Maglev(std::span<const HashMember> members, std::size_t entries) {
  std::vector<Order> orders = orders_of(members);
  if (orders.empty()) return;
  table_.assign(entries, kFree);
  const std::uint64_t heaviest = std::ranges::max(orders, {}, &Order::weight).weight;
  std::size_t taken = 0;
  for (std::uint64_t turn = 1; taken < table_.size(); ++turn) {
    for (Order& order : orders) {
      if (turn * order.weight < order.due) continue;
      order.due += heaviest;
      std::size_t entry = order.next(entries);
      while (table_[entry] != kFree) entry = order.next(entries);
      table_[entry] = order.member;
      if (++taken == table_.size()) break;
    }
  }
}

}  // namespace headgate::proxy::balance::choose
