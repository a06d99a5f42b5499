#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"

namespace headgate::proxy::explain::replay {

/// What a log does not tell: whether a request had a certain header or cookie. An atom is true or false of a request.
struct Atom {
  enum class Kind : std::uint8_t { kHeader, kQuery, kCookie };
  Kind kind = Kind::kHeader;
  std::string name;  ///< of a header: in lower case
  std::string value;
  bool any_value = false;
  friend auto operator<=>(const Atom&, const Atom&) = default;
  /// "cookie beta: 1"
  std::string text() const;
};

/// All atoms that two configurations ask about.
class Atoms {
 public:
  std::uint32_t number_of(const Atom& atom);
  const Atom& operator[](std::uint32_t number) const { return list_[number]; }

 private:
  std::vector<Atom> list_;
  std::map<Atom, std::uint32_t> numbers_;
};

/// What the parts of a match that the log leaves open ask for; all must hold.
using Open = std::vector<std::uint32_t>;

/// Which members of lines are known.
struct Known {
  bool query = true;
  bool user_agent = true;
  bool referer = true;
};

/// A match without what is not known, which goes to `open`.
config::Match without_unknown(const config::Match& match, const Known& known, Atoms& atoms, Open& open);

/// The ways in which the atoms of one request can be true and false together: "any value" is true where a value is.
/// Of more than kAtomsMax atoms not all ways are tried: `complete` is then false.
class Worlds {
 public:
  static constexpr std::size_t kAtomsMax = 10;

  /// `asked` may hold an atom several times.
  Worlds(const Atoms& atoms, std::vector<std::uint32_t> asked);

  bool complete() const { return complete_; }
  const std::vector<std::uint32_t>& asked() const { return asked_; }

  /// Calls `each(world)` for every way; `holds(world, open)` says whether all of `open` is true in it.
  template <class Each>
  void for_each(Each each) const {
    for (std::uint32_t world = 0; world < (1u << asked_.size()); ++world) {
      if (is_possible(world)) each(world);
    }
  }
  bool holds(std::uint32_t world, const Open& open) const;

 private:
  bool is_possible(std::uint32_t world) const;
  std::uint32_t bit_of(std::uint32_t atom) const;

  std::vector<std::uint32_t> asked_;                              // each once, ascending
  std::vector<std::pair<std::uint32_t, std::uint32_t>> implied_;  // where the first bit is set, so is the second
  bool complete_ = true;
};

}  // namespace headgate::proxy::explain::replay
