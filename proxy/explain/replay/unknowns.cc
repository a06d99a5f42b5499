#include "proxy/explain/replay/unknowns.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/ascii.h"

namespace headgate::proxy::explain::replay {
namespace {

/// Whether the log says what a header was. Host is checked like the host of the match, port and all: it is not known.
bool is_known_header(std::string_view lower_name, const Known& known) {
  return (lower_name == "user-agent" && known.user_agent) || (lower_name == "referer" && known.referer);
}

}  // namespace

std::string Atom::text() const {
  const std::string_view what = kind == Kind::kHeader ? "header" : kind == Kind::kCookie ? "cookie" : "query";
  return fmt::format("{} {}: {}", what, name, value);
}

std::uint32_t Atoms::number_of(const Atom& atom) {
  const auto [at, is_new] = numbers_.try_emplace(atom, static_cast<std::uint32_t>(list_.size()));
  if (is_new) list_.push_back(atom);
  return at->second;
}

config::Match without_unknown(const config::Match& match, const Known& known, Atoms& atoms, Open& open) {
  config::Match out = match;
  const auto open_up = [&](Atom::Kind kind, std::vector<config::NameValueMatch>& wanted) {
    std::erase_if(wanted, [&](const config::NameValueMatch& each) {
      const std::string name = kind == Atom::Kind::kHeader ? base::lowered(each.name) : each.name;
      if (kind == Atom::Kind::kHeader && is_known_header(name, known)) return false;
      if (kind == Atom::Kind::kQuery && known.query) return false;
      open.push_back(atoms.number_of({kind, name, each.value, each.value == "*"}));
      return true;
    });
  };
  open_up(Atom::Kind::kHeader, out.headers);
  open_up(Atom::Kind::kQuery, out.query);
  open_up(Atom::Kind::kCookie, out.cookies);
  return out;
}

Worlds::Worlds(const Atoms& atoms, std::vector<std::uint32_t> asked) : asked_(std::move(asked)) {
  std::sort(asked_.begin(), asked_.end());
  asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
  if (asked_.size() > kAtomsMax) {
    complete_ = false;
    asked_.resize(kAtomsMax);
  }
  for (std::uint32_t i = 0; i < asked_.size(); ++i) {
    const Atom& one = atoms[asked_[i]];
    for (std::uint32_t j = 0; j < asked_.size(); ++j) {
      const Atom& other = atoms[asked_[j]];
      const bool is_same_name = i != j && one.kind == other.kind && one.name == other.name;
      if (is_same_name && !one.any_value && other.any_value) implied_.emplace_back(i, j);
    }
  }
}

bool Worlds::is_possible(std::uint32_t world) const {
  return std::none_of(implied_.begin(), implied_.end(), [world](const auto& implied) {
    return (world >> implied.first & 1) != 0 && (world >> implied.second & 1) == 0;
  });
}

std::uint32_t Worlds::bit_of(std::uint32_t atom) const {
  return static_cast<std::uint32_t>(std::lower_bound(asked_.begin(), asked_.end(), atom) - asked_.begin());
}

bool Worlds::holds(std::uint32_t world, const Open& open) const {
  return std::all_of(open.begin(), open.end(), [&](std::uint32_t atom) { return (world >> bit_of(atom) & 1) != 0; });
}

}  // namespace headgate::proxy::explain::replay
