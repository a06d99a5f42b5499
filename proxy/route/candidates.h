#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "proxy/route/conditions.h"
#include "proxy/route/flat_table.h"

namespace headgate::proxy::route {

inline constexpr std::uint32_t kNoRoute = 0xffff'ffff;

/// The routes that share one host and one path, in the order of the file.
///
/// Up to kTestedInOrderMax of them are tested one by one. Of more than that, those that ask for a header, query or
/// cookie value are found by that value in a hash table, for at most kFacetsMax names; those with a regular expression
/// are searched for all at once, kRegexesPerSet at a time. Routes that differ only in method, client or listener, or
/// that ask for a value's mere presence, are tested in order however many they are.
class Candidates {
 public:
  static constexpr std::size_t kTestedInOrderMax = 8;
  static constexpr std::size_t kFacetsMax = 8;
  static constexpr std::size_t kRegexesPerSet = 1000;
  /// Longer values of a query are not indexed: they are decoded into a buffer of this size to be looked up.
  static constexpr std::size_t kIndexedValueMax = 256;

  /// `routes` ascend. `implied` are the conditions that whoever looks here has tested already.
  Candidates(const std::vector<Conditions>& all, std::vector<std::uint32_t> routes, std::uint32_t implied);
  Candidates();
  Candidates(Candidates&&) noexcept;
  Candidates& operator=(Candidates&&) noexcept;
  ~Candidates();

  /// The first route below `best` whose conditions hold; `best` if there is none.
  std::uint32_t first_match(const std::vector<Conditions>& all, const MatchInput& input, std::uint32_t best) const {
    if (sure_ < best) best = sure_;
    return is_only_sure_ ? best : first_tested(all, input, best);
  }

 private:
  struct Facet;
  struct RegexSet;
  struct Index;
  using Routes = std::vector<std::uint32_t>;

  std::uint32_t first_tested(const std::vector<Conditions>& all, const MatchInput& input, std::uint32_t best) const;
  std::uint32_t first_in_order(const std::vector<Conditions>& all, const MatchInput& input, const Routes& routes,
                               std::uint32_t best) const;
  std::uint32_t first_indexed(const std::vector<Conditions>& all, const MatchInput& input, std::uint32_t best) const;
  std::uint32_t first_of_facet(const std::vector<Conditions>& all, const MatchInput& input, const Facet& facet,
                               std::string_view value, std::uint32_t best) const;
  std::uint32_t first_of_set(const std::vector<Conditions>& all, const MatchInput& input, const RegexSet& set,
                             std::uint32_t best) const;

  std::uint32_t sure_ = kNoRoute;  // the first that asks for no more than is implied; later ones are never reached
  bool is_only_sure_ = true;       // there is nothing before it
  std::uint32_t implied_ = 0;
  Routes in_order_;
  std::unique_ptr<Index> index_;
};

}  // namespace headgate::proxy::route
