#include "proxy/discovery/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "proxy/discovery/pace.h"

namespace headgate::proxy::discovery {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A record with so many addresses, 10.0.NUMBER.1 and on.
Target target(int number, std::uint16_t priority, std::uint16_t weight, int addresses = 1) {
  Target out{{priority, weight, 80, "t" + std::to_string(number)}, {}};
  for (int i = 1; i <= addresses; ++i) {
    out.addresses.push_back(base::IpAddress::v4(0x0a000000u | static_cast<std::uint32_t>(number << 8 | i)));
  }
  return out;
}
std::vector<std::uint32_t> weights_of(const std::vector<Target>& targets) {
  std::vector<std::uint32_t> out;
  for (const Found& found : found_of(targets)) out.push_back(found.weight);
  return out;
}
std::vector<std::uint32_t> orders_of(const std::vector<Target>& targets) {
  std::vector<std::uint32_t> out;
  for (const Found& found : found_of(targets)) out.push_back(found.order);
  return out;
}

TEST(Services, PrioritiesAreCountedFromTheLowest) {
  EXPECT_THAT(orders_of({target(1, 20, 1), target(2, 10, 1), target(3, 65535, 1), target(4, 20, 1)}),
              ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(found_of({}), IsEmpty());
}

TEST(Services, WeightsStayWhatTheyAreWhereTheyCan) {
  EXPECT_THAT(weights_of({target(1, 0, 1), target(2, 0, 256), target(3, 0, 3)}), ElementsAre(1, 256, 3));
  EXPECT_THAT(weights_of({target(1, 0, 6, 3), target(2, 0, 4)}), ElementsAre(2, 2, 2, 4)) << "addresses share";
}

TEST(Services, LargeAndBrokenWeightsAreScaled) {
  EXPECT_THAT(weights_of({target(1, 0, 65535), target(2, 0, 32768), target(3, 0, 1)}), ElementsAre(256, 128, 1));
  EXPECT_THAT(weights_of({target(1, 0, 1, 3), target(2, 0, 1)}), ElementsAre(85, 85, 85, 256));
}

TEST(Services, WeightZeroIsASmallChanceBesideOthers) {
  EXPECT_THAT(weights_of({target(1, 0, 0), target(2, 0, 0)}), ElementsAre(1, 1));
  EXPECT_THAT(weights_of({target(1, 0, 0), target(2, 0, 1), target(3, 0, 2)}), ElementsAre(1, 128, 256));
  EXPECT_THAT(weights_of({target(1, 0, 0), target(2, 1, 7)}), ElementsAre(1, 7)) << "each order by itself";
}

TEST(Services, AnAddressCountsOnceWhereItComesFirst) {
  Target later = target(1, 5, 9);
  later.service.target = "later";
  const std::vector<Found> found = found_of(std::vector<Target>{later, target(1, 0, 2)});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].target, "t1");
  EXPECT_EQ(found[0].weight, 2u);
  Target other_port = target(1, 0, 2);
  other_port.service.port = 81;
  EXPECT_EQ(found_of(std::vector<Target>{target(1, 0, 2), other_port}).size(), 2u);
}

TEST(Services, TargetsWithoutAddressesAreNone) {
  EXPECT_THAT(orders_of({target(1, 0, 1, 0), target(2, 7, 1)}), ElementsAre(0));
}

TEST(Services, SharesComeWithinAPercentOfTheWeights) {
  const std::vector<Target> targets = {target(1, 0, 100, 2), target(2, 0, 75), target(3, 0, 60, 3), target(4, 0, 33)};
  const std::vector<std::uint32_t> weights = weights_of(targets);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double exact[] = {50, 50, 75, 20, 20, 20, 33};
  ASSERT_EQ(weights.size(), std::size(exact));
  for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(weights[i] / sum, exact[i] / 268, 0.01 * exact[i] / 268);
}

TEST(Pace, IsTheRecordsWithinTheBounds) {
  EXPECT_EQ(wait_after(5s, 10s, false), 5s);
  EXPECT_EQ(wait_after(60s, 10s, false), 10s);
  EXPECT_EQ(wait_after(0s, 10s, false), 1s);
  EXPECT_EQ(wait_after(std::nullopt, 10s, false), 10s);
  EXPECT_EQ(wait_after(0s, 100ms, false), 100ms) << "who wants it more often gets it";
  EXPECT_EQ(wait_after(60s, 10s, true), 2s);
  EXPECT_EQ(wait_after(60s, 1s, true), 1s);
}

}  // namespace
}  // namespace headgate::proxy::discovery
