#include "proxy/systemd/status_line.h"

#include <gtest/gtest.h>

namespace headgate::proxy::systemd {
namespace {

StatusFacts serving() {
  StatusFacts facts;
  facts.listeners = 3;
  facts.pools = 2;
  facts.backends = 6;
  facts.backends_up = 5;
  facts.loaded = base::WallTime(std::chrono::seconds(1'795'694'401));
  return facts;
}

TEST(StatusLine, SaysWhatIsServed) {
  EXPECT_EQ(status_line(serving()),
            "serving 3 listeners, 2 pools: 5 of 6 backends up; configuration of 2026-11-26 12:00:01 UTC");
}

TEST(StatusLine, OfOneAndOfNone) {
  StatusFacts facts = serving();
  facts.listeners = facts.pools = facts.backends = facts.backends_up = 1;
  EXPECT_EQ(status_line(facts),
            "serving 1 listener, 1 pool: 1 of 1 backend up; configuration of 2026-11-26 12:00:01 UTC");
  facts.pools = facts.backends = facts.backends_up = 0;
  EXPECT_EQ(status_line(facts), "serving 1 listener; configuration of 2026-11-26 12:00:01 UTC");
}

TEST(StatusLine, SaysWhatIsWrong) {
  StatusFacts facts = serving();
  facts.refused = "a.yaml:1:1: first\na.yaml:2:1: second\n";
  facts.upgrade_said = "it ended";
  facts.problem = "pool app: backend b is down: refused";
  EXPECT_EQ(status_line(facts),
            "serving 3 listeners, 2 pools: 5 of 6 backends up; configuration of 2026-11-26 12:00:01 UTC; a newer one "
            "was refused: a.yaml:1:1: first; the upgrade failed: it ended; pool app: backend b is down: refused");
}

TEST(OneLine, IsOneAndBounded) {
  EXPECT_EQ(one_line("a\tb\x01"
                     "c\nd"),
            "a b c");
  EXPECT_EQ(one_line(""), "");
  const std::string at_the_bound(kStatusTextMax, 'x');
  EXPECT_EQ(one_line(at_the_bound), at_the_bound);
  EXPECT_EQ(one_line(at_the_bound + "x"), std::string(kStatusTextMax - 3, 'x') + "...");
  const std::string cut = one_line(std::string(kStatusTextMax - 4, 'x') + "\xc3\xa4\xc3\xa4\xc3\xa4");
  EXPECT_EQ(cut, std::string(kStatusTextMax - 4, 'x') + "...");
}

}  // namespace
}  // namespace headgate::proxy::systemd
