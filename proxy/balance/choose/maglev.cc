#include "proxy/balance/choose/maglev.h"

#include <algorithm>

namespace headgate::proxy::balance::choose {
namespace {

constexpr std::uint32_t kFree = ~std::uint32_t{0};

/// Where a member is in its order of all entries: it begins somewhere and goes on in steps, of which no number but the
/// table's size comes back to the beginning, since that is a prime.
struct Order {
  std::uint32_t member;
  std::uint64_t id;
  std::uint64_t weight;
  std::size_t entry;
  std::size_t step;
  std::uint64_t due = 0;
};

std::vector<Order> orders_of(std::span<const HashMember> members, std::size_t entries) {
  std::vector<Order> out;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].weight == 0) continue;
    const std::uint64_t id = members[i].id;
    out.push_back({i, id, members[i].weight, mixed(id ^ 1) % entries, mixed(id ^ 2) % (entries - 1) + 1});
  }
  // Who comes first in a turn must not depend on the order of the list.
  std::ranges::sort(out, {}, &Order::id);
  return out;
}

}  // namespace

Maglev::Maglev(std::span<const HashMember> members) {
  const std::size_t entries = members.size() > kManyMembers ? kEntriesOfMany : kEntries;
  std::vector<Order> orders = orders_of(members, entries);
  if (orders.empty()) return;
  table_.assign(entries, kFree);
  const std::uint64_t heaviest = std::ranges::max(orders, {}, &Order::weight).weight;
  std::size_t taken = 0;
  for (std::uint64_t turn = 1; taken < table_.size(); ++turn) {
    for (Order& order : orders) {
      if (turn * order.weight < order.due) continue;
      order.due += heaviest;
      while (table_[order.entry] != kFree) {
        order.entry += order.step;
        if (order.entry >= table_.size()) order.entry -= table_.size();
      }
      table_[order.entry] = order.member;
      if (++taken == table_.size()) break;
    }
  }
}

}  // namespace headgate::proxy::balance::choose
