#include "proxy/route/candidates.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <compare>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "wire/http/uri.h"

namespace headgate::proxy::route {

using wire::http::Field;
using wire::http::FieldId;

/// The routes that ask for a value of one header, query or cookie name, by that value.
struct Candidates::Facet {
  Condition kind = Condition::kHeader;
  std::string name;
  FieldId id = FieldId::kOther;
  struct Value {
    std::string text;
    Routes routes;
  };
  std::vector<Value> values;
  FlatTable table;
};

/// Routes whose regular expressions are searched for in one pass.
struct Candidates::RegexSet {
  Routes routes;  // in the order in which the expressions were added
  std::unique_ptr<RE2::Set> set;
};

struct Candidates::Index {
  std::vector<Facet> facets;
  std::vector<RegexSet> regex_sets;
};

Candidates::Candidates() = default;
Candidates::Candidates(Candidates&&) noexcept = default;
Candidates& Candidates::operator=(Candidates&&) noexcept = default;
Candidates::~Candidates() = default;

namespace {

/// One `name: value` that a route asks for; header names in lower case.
struct Asked {
  Condition kind;
  std::string name;
  std::string value;
  FieldId id;
  friend auto operator<=>(const Asked&, const Asked&) = default;
};
using FacetName = std::pair<Condition, std::string>;

std::vector<Asked> values_asked_by(const Conditions& route) {
  std::vector<Asked> out;
  const auto collect = [&out](Condition kind, const std::vector<NamedValue>& wanted) {
    for (const NamedValue& each : wanted) {
      if (each.any_value || each.value.size() > Candidates::kIndexedValueMax) continue;
      const std::string name = kind == Condition::kHeader ? base::lowered(each.name) : each.name;
      out.push_back(Asked{kind, name, each.value, each.id});
    }
  };
  collect(Condition::kHeader, route.headers());
  collect(Condition::kQuery, route.query());
  collect(Condition::kCookie, route.cookies());
  return out;
}

/// For each route the asked value that the fewest others ask for too, with names confined to the kFacetsMax of most
/// use.
class FacetChoice {
 public:
  FacetChoice(const std::vector<Conditions>& all, const std::vector<std::uint32_t>& routes) : all_(all) {
    for (const std::uint32_t route : routes) {
      for (const Asked& asked : values_asked_by(all[route])) ++frequency_[asked];
    }
    std::map<FacetName, std::size_t> use;
    for (const std::uint32_t route : routes) {
      if (const std::optional<Asked> best = rarest(route, false)) ++use[FacetName{best->kind, best->name}];
    }
    std::vector<std::pair<std::size_t, FacetName>> by_use;
    for (const auto& [name, count] : use) by_use.emplace_back(count, name);
    std::sort(by_use.rbegin(), by_use.rend());
    for (std::size_t i = 0; i < by_use.size() && i < Candidates::kFacetsMax; ++i) chosen_.insert(by_use[i].second);
  }

  std::optional<Asked> of(std::uint32_t route) const { return rarest(route, true); }

 private:
  std::optional<Asked> rarest(std::uint32_t route, bool only_chosen) const {
    std::optional<Asked> best;
    for (const Asked& asked : values_asked_by(all_[route])) {
      if (only_chosen && !chosen_.contains(FacetName{asked.kind, asked.name})) continue;
      if (!best || frequency_.at(asked) < frequency_.at(*best)) best = asked;
    }
    return best;
  }

  const std::vector<Conditions>& all_;
  std::map<Asked, std::size_t> frequency_;
  std::set<FacetName> chosen_;
};

/// A set of as many expressions as there are routes; null if RE2 can not hold them together.
std::unique_ptr<RE2::Set> regex_set_of(const std::vector<Conditions>& all, const std::vector<std::uint32_t>& routes) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{64} << 20);  // programs and cached states of a thousand expressions
  auto set = std::make_unique<RE2::Set>(options, RE2::UNANCHORED);
  for (const std::uint32_t route : routes) {
    if (set->Add(all[route].path_regex(), nullptr) < 0) return nullptr;
  }
  return set->Compile() ? std::move(set) : nullptr;
}

}  // namespace

Candidates::Candidates(const std::vector<Conditions>& all, std::vector<std::uint32_t> routes, std::uint32_t implied)
    : implied_(implied) {
  const auto sure = std::find_if(routes.begin(), routes.end(),
                                 [&](std::uint32_t route) { return (all[route].asks() & ~implied) == 0; });
  if (sure != routes.end()) {
    sure_ = *sure;
    routes.erase(sure, routes.end());
  }
  is_only_sure_ = routes.empty();
  if (routes.size() <= kTestedInOrderMax) {
    in_order_ = std::move(routes);
    return;
  }
  index_ = std::make_unique<Index>();
  const FacetChoice choice(all, routes);
  std::map<std::pair<FacetName, FieldId>, std::map<std::string, Routes>> by_value;
  Routes with_regex;
  for (const std::uint32_t route : routes) {
    if (const std::optional<Asked> asked = choice.of(route)) {
      by_value[{FacetName{asked->kind, asked->name}, asked->id}][asked->value].push_back(route);
    } else if ((all[route].asks() & bit(Condition::kPathRegex)) != 0) {
      with_regex.push_back(route);
    } else {
      in_order_.push_back(route);
    }
  }
  for (auto& [name, values] : by_value) {
    Facet facet{name.first.first, name.first.second, name.second, {}, {}};
    std::vector<FlatTable::Entry> entries;
    for (auto& [text, of_value] : values) {
      entries.emplace_back(hash_of(text), static_cast<std::uint32_t>(facet.values.size()));
      facet.values.push_back(Facet::Value{text, std::move(of_value)});
    }
    facet.table = FlatTable(entries);
    index_->facets.push_back(std::move(facet));
  }
  if (with_regex.size() <= kTestedInOrderMax) {
    Routes merged;
    std::merge(in_order_.begin(), in_order_.end(), with_regex.begin(), with_regex.end(), std::back_inserter(merged));
    in_order_ = std::move(merged);
    return;
  }
  for (std::size_t i = 0; i < with_regex.size(); i += kRegexesPerSet) {
    const auto first = with_regex.begin() + static_cast<std::ptrdiff_t>(i);
    const std::size_t count = std::min(kRegexesPerSet, with_regex.size() - i);
    RegexSet set{Routes(first, first + static_cast<std::ptrdiff_t>(count)), nullptr};
    set.set = regex_set_of(all, set.routes);
    index_->regex_sets.push_back(std::move(set));
  }
}

inline std::uint32_t Candidates::first_in_order(const std::vector<Conditions>& all, const MatchInput& input,
                                                const Routes& routes, std::uint32_t best) const {
  for (const std::uint32_t route : routes) {
    if (route >= best) return best;
    if (all[route].hold(input, ~implied_)) return route;
  }
  return best;
}

std::uint32_t Candidates::first_tested(const std::vector<Conditions>& all, const MatchInput& input,
                                       std::uint32_t best) const {
  best = first_in_order(all, input, in_order_, best);
  return index_ ? first_indexed(all, input, best) : best;
}

std::uint32_t Candidates::first_of_facet(const std::vector<Conditions>& all, const MatchInput& input,
                                         const Facet& facet, std::string_view value, std::uint32_t best) const {
  const std::uint32_t found =
      facet.table.find(hash_of(value), [&](std::uint32_t number) { return facet.values[number].text == value; });
  return found == FlatTable::kNone ? best : first_in_order(all, input, facet.values[found].routes, best);
}

namespace {

/// Decodes percent escapes as equals_decoded reads them; nothing if the result would not fit in `buffer`.
std::optional<std::string_view> decoded_into(std::string_view escaped, char (&buffer)[Candidates::kIndexedValueMax]) {
  if (escaped.find('%') == std::string_view::npos) return escaped;
  std::size_t size = 0;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (size == sizeof buffer) return std::nullopt;
    const int high = escaped[i] == '%' && i + 2 < escaped.size() ? base::hex_value(escaped[i + 1]) : -1;
    const int low = high >= 0 ? base::hex_value(escaped[i + 2]) : -1;
    buffer[size++] = low >= 0 ? static_cast<char>(high * 16 + low) : escaped[i];
    if (low >= 0) i += 2;
  }
  return std::string_view(buffer, size);
}

}  // namespace

std::uint32_t Candidates::first_indexed(const std::vector<Conditions>& all, const MatchInput& input,
                                        std::uint32_t best) const {
  const wire::http::RequestHead& head = input.head;
  for (const Facet& facet : index_->facets) {
    if (facet.kind == Condition::kQuery) {
      const std::optional<std::string_view> escaped = wire::http::query_value(head.query, facet.name);
      if (!escaped) continue;
      char buffer[kIndexedValueMax];
      const std::optional<std::string_view> value = decoded_into(*escaped, buffer);
      if (value) best = first_of_facet(all, input, facet, *value, best);
      continue;
    }
    const FieldId id = facet.kind == Condition::kCookie ? FieldId::kCookie : facet.id;
    if (id != FieldId::kOther && !head.fields.has(id)) continue;
    for (const Field& field : head.fields) {
      if (field.id != id) continue;
      if (facet.kind == Condition::kCookie) {
        const std::optional<std::string_view> value = wire::http::cookie_value(field.value, facet.name);
        if (value) best = first_of_facet(all, input, facet, *value, best);
      } else if (id != FieldId::kOther || base::equals_ignoring_case(field.name, facet.name)) {
        best = first_of_facet(all, input, facet, field.value, best);
      }
    }
  }
  for (const RegexSet& set : index_->regex_sets) {
    const std::uint32_t found = first_of_set(all, input, set, best);
    if (found < best) return found;  // later sets hold later routes
  }
  return best;
}

std::uint32_t Candidates::first_of_set(const std::vector<Conditions>& all, const MatchInput& input, const RegexSet& set,
                                       std::uint32_t best) const {
  if (set.routes.front() >= best) return best;
  std::vector<int> found;
  RE2::Set::ErrorInfo error{RE2::Set::kNoError};
  const re2::StringPiece path(input.head.path.data(), input.head.path.size());
  if (!set.set || (!set.set->Match(path, &found, &error) && error.kind != RE2::Set::kNoError)) {
    return first_in_order(all, input, set.routes, best);  // out of its memory: slower, never wrong
  }
  std::sort(found.begin(), found.end());
  for (const int number : found) {
    const std::uint32_t route = set.routes[static_cast<std::size_t>(number)];
    if (route >= best) return best;
    if (all[route].hold(input, ~(implied_ | bit(Condition::kPathRegex)))) return route;
  }
  return best;
}

}  // namespace headgate::proxy::route
