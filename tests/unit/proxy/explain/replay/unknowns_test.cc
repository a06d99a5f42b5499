#include "proxy/explain/replay/unknowns.h"

#include <gtest/gtest.h>

namespace headgate::proxy::explain::replay {
namespace {

TEST(Unknowns, WhatTheLogHoldsStaysInTheMatch) {
  config::Match match;
  match.headers = {{"User-Agent", "a"}, {"REFERER", "*"}, {"X-Need", "1"}};
  match.query = {{"q", "1"}};
  match.cookies = {{"beta", "*"}};
  Atoms atoms;
  Open open;
  const config::Match left = without_unknown(match, {}, atoms, open);
  EXPECT_EQ(left.headers.size(), 2u);
  EXPECT_EQ(left.query.size(), 1u);
  EXPECT_TRUE(left.cookies.empty());
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(atoms[open[0]].text(), "header x-need: 1");
  EXPECT_EQ(atoms[open[1]].text(), "cookie beta: *");
  Open all;
  without_unknown(match, {.query = false, .user_agent = false, .referer = false}, atoms, all);
  EXPECT_EQ(all.size(), 5u);
}

TEST(Unknowns, OneAtomHasOneNumber) {
  Atoms atoms;
  const std::uint32_t one = atoms.number_of({Atom::Kind::kCookie, "a", "1", false});
  EXPECT_NE(atoms.number_of({Atom::Kind::kHeader, "a", "1", false}), one);
  EXPECT_NE(atoms.number_of({Atom::Kind::kCookie, "a", "2", false}), one);
  EXPECT_EQ(atoms.number_of({Atom::Kind::kCookie, "a", "1", false}), one);
}

std::size_t count(const Worlds& worlds) {
  std::size_t out = 0;
  worlds.for_each([&out](std::uint32_t) { ++out; });
  return out;
}

TEST(Worlds, AreAllWaysThatCanBe) {
  Atoms atoms;
  const std::uint32_t any = atoms.number_of({Atom::Kind::kCookie, "a", "*", true});
  const std::uint32_t one = atoms.number_of({Atom::Kind::kCookie, "a", "1", false});
  const std::uint32_t other = atoms.number_of({Atom::Kind::kCookie, "b", "1", false});
  EXPECT_EQ(count(Worlds(atoms, {})), 1u);
  EXPECT_EQ(count(Worlds(atoms, {one, other, one})), 4u);
  const Worlds tied(atoms, {one, any});
  EXPECT_EQ(count(tied), 3u);  // not: the value without any value
  tied.for_each([&](std::uint32_t world) { EXPECT_TRUE(!tied.holds(world, {one}) || tied.holds(world, {any})); });
  EXPECT_TRUE(tied.holds(0, {}));
}

TEST(Worlds, AreNotGoneThroughBeyondTheirBound) {
  Atoms atoms;
  std::vector<std::uint32_t> asked;
  for (std::size_t i = 0; i < Worlds::kAtomsMax; ++i) {
    asked.push_back(atoms.number_of({Atom::Kind::kCookie, std::to_string(i), "1", false}));
  }
  EXPECT_TRUE(Worlds(atoms, asked).complete());
  EXPECT_EQ(count(Worlds(atoms, asked)), 1024u);
  asked.push_back(atoms.number_of({Atom::Kind::kCookie, "more", "1", false}));
  EXPECT_FALSE(Worlds(atoms, asked).complete());
}

}  // namespace
}  // namespace headgate::proxy::explain::replay
