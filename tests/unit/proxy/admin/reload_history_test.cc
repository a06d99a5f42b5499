#include "proxy/admin/reload_history.h"

#include <gtest/gtest.h>

namespace headgate::proxy::admin {
namespace {

using namespace std::chrono_literals;

TEST(ReloadHistory, KeepsTheLastAndCountsAll) {
  ReloadHistory history;
  EXPECT_EQ(history.accepted_at(), base::WallTime{});
  for (int i = 1; i <= 20; ++i) history.add({base::WallTime(i * 1s), i % 2 == 1, std::to_string(i)});
  EXPECT_EQ(history.last().size(), ReloadHistory::kKept);
  EXPECT_EQ(history.last().front().message, "5");
  EXPECT_EQ(history.last().back().message, "20");
  EXPECT_EQ(history.accepted(), 10u);
  EXPECT_EQ(history.refused(), 10u);
  EXPECT_EQ(history.accepted_at(), base::WallTime(19s));
}

}  // namespace
}  // namespace headgate::proxy::admin
