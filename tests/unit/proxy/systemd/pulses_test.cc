#include "proxy/systemd/pulses.h"

#include <gmock/gmock.h>

namespace headgate::proxy::systemd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Workers that answer at once, but for those that stand still.
struct Workers {
  explicit Workers(std::size_t count) : still(count, false), owes(count, false), asked(count, 0), pulses(count) {}
  void round() {
    pulses.next_round([this](std::size_t i) { return !owes[i]; },
                      [this](std::size_t i) {
                        ++asked[i];
                        owes[i] = still[i];
                      });
  }
  void go_on(std::size_t i) {
    still[i] = false;
    owes[i] = false;
  }
  std::vector<bool> still;
  std::vector<bool> owes;
  std::vector<int> asked;
  Pulses pulses;
};

TEST(Pulses, AllIsWellWhileAllAnswer) {
  Workers workers(3);
  for (int i = 0; i < 10; ++i) {
    workers.round();
    EXPECT_TRUE(workers.pulses.are_well());
  }
  EXPECT_THAT(workers.asked, ElementsAre(10, 10, 10));
  EXPECT_THAT(workers.pulses.take_changed(), IsEmpty());
}

TEST(Pulses, AStuckWorkerIsSeenAfterItsRoundsAndAskedOnce) {
  Workers workers(2);
  workers.round();
  workers.still[1] = true;
  workers.round();  // asked, and will not answer
  for (std::uint32_t i = 1; i < Pulses::kRoundsMax; ++i) {
    workers.round();
    EXPECT_TRUE(workers.pulses.are_well());
  }
  workers.round();
  EXPECT_FALSE(workers.pulses.are_well());
  EXPECT_TRUE(workers.pulses.is_stuck(1));
  EXPECT_THAT(workers.pulses.take_changed(), ElementsAre(1));
  workers.round();
  EXPECT_THAT(workers.pulses.take_changed(), IsEmpty());
  EXPECT_THAT(workers.asked, ElementsAre(5, 2));
}

TEST(Pulses, OneThatTurnsAgainIsWellAtOnce) {
  Workers workers(1);
  workers.still[0] = true;
  for (std::uint32_t i = 0; i <= Pulses::kRoundsMax; ++i) workers.round();
  EXPECT_THAT(workers.pulses.take_changed(), ElementsAre(0));
  workers.go_on(0);
  workers.round();
  EXPECT_TRUE(workers.pulses.are_well());
  EXPECT_THAT(workers.pulses.take_changed(), ElementsAre(0));
  EXPECT_FALSE(workers.pulses.is_stuck(0));
}

}  // namespace
}  // namespace headgate::proxy::systemd
