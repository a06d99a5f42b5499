#include "proxy/balance/hash/tables.h"

#include <xxhash.h>

#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/balance/choose/hash_table.h"

namespace headgate::proxy::balance::hash {
namespace {

using choose::HashMember;
using choose::HashTable;

HashTable::Method method_of(const config::Pool& pool) {
  return pool.hash.method == config::HashBalance::Method::kMaglev ? HashTable::Method::kMaglev
                                                                  : HashTable::Method::kRing;
}

/// By which a table knows each member of the version, and which table it is in.
struct Placed {
  HashMember member;
  std::tuple<bool, std::uint32_t, std::uint16_t> level;  // as LevelTable
  friend bool operator==(const Placed&, const Placed&) = default;
};

std::vector<Placed> placed(const PoolVersion& version) {
  std::set<std::string_view> names;  // of DNS: the backends behind one share its id
  for (const config::Backend& backend : version.settings.backends) {
    if (std::holds_alternative<config::BackendName>(backend.where)) names.insert(backend.id);
  }
  std::vector<Placed> out;
  for (const PoolVersion::Member& member : version.members) {
    std::string name = member.backend->id();
    if (names.contains(name)) name += ' ' + member.backend->address_text();
    out.push_back(
        {{XXH3_64bits(name.data(), name.size()), member.weight}, {member.backup, member.priority, member.elsewhere}});
  }
  return out;
}

bool is_of(const Placed& member, const std::tuple<bool, std::uint32_t, std::uint16_t>& level) {
  const auto& [backup, priority, elsewhere] = level;
  if (elsewhere != PoolVersion::kAnywhere) return member.level == level;
  return std::get<0>(member.level) == backup && std::get<1>(member.level) == priority;
}

}  // namespace

void add_tables(PoolVersion& version, const PoolVersion* before) {
  if (version.settings.balance != config::Balance::kHash) return;
  const std::vector<Placed> members = placed(version);
  if (before != nullptr && before->settings.balance == config::Balance::kHash &&
      before->settings.hash.method == version.settings.hash.method && placed(*before) == members &&
      before->views.empty() == version.views.empty()) {
    version.tables = before->tables;
    return;
  }
  std::set<std::tuple<bool, std::uint32_t, std::uint16_t>> levels;
  for (const Placed& each : members) {
    levels.insert(each.level);
    const auto& [backup, priority, elsewhere] = each.level;
    if (!version.views.empty()) levels.insert({backup, priority, PoolVersion::kAnywhere});
  }
  for (const auto& level : levels) {
    // All of the version's members, so that the table knows them by their place; those of other levels weigh 0.
    std::vector<HashMember> own;
    for (const Placed& each : members) own.push_back({each.member.id, is_of(each, level) ? each.member.weight : 0});
    auto table = std::make_shared<const HashTable>(method_of(version.settings), own);
    if (table->empty()) continue;
    const auto& [backup, priority, elsewhere] = level;
    version.tables.push_back({backup, priority, elsewhere, std::move(table)});
  }
}

}  // namespace headgate::proxy::balance::hash
