#include "proxy/balance/limit/retry_budget.h"

#include <gtest/gtest.h>

#include <chrono>

namespace headgate::proxy::balance::limit {
namespace {

using namespace std::chrono_literals;

const base::Time kStart = base::Time(100s);

int withdraw_all(RetryBudget& budget, base::Time now) {
  int taken = 0;
  while (budget.withdraw(now)) ++taken;
  return taken;
}

TEST(RetryBudget, AFewASecondAreAlwaysAllowed) {
  RetryBudget budget;
  EXPECT_EQ(withdraw_all(budget, kStart), 3);
  EXPECT_EQ(withdraw_all(budget, kStart + 999ms), 0);
  EXPECT_EQ(withdraw_all(budget, kStart + 1s), 3);
  EXPECT_EQ(withdraw_all(budget, kStart + 10s), 3);
}

TEST(RetryBudget, ALateReaderOfTheClockGetsNoSecondHelping) {
  RetryBudget budget;
  EXPECT_EQ(withdraw_all(budget, kStart + 1s), 3);
  EXPECT_EQ(withdraw_all(budget, kStart), 0);
}

TEST(RetryBudget, RequestsEarnTheirShare) {
  RetryBudget budget;
  for (int i = 0; i < 49; ++i) budget.deposit(20);
  EXPECT_EQ(withdraw_all(budget, kStart), 3 + 9);  // 9.8 of them
  budget.deposit(20);
  EXPECT_EQ(withdraw_all(budget, kStart), 1);
  EXPECT_EQ(withdraw_all(budget, kStart), 0);
}

TEST(RetryBudget, ZeroPercentEarnsNothing) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.deposit(0);
  EXPECT_EQ(withdraw_all(budget, kStart), 3);
}

TEST(RetryBudget, TheBalanceIsBounded) {
  RetryBudget budget;
  for (int i = 0; i < 1'000'000; ++i) budget.deposit(20);
  EXPECT_EQ(withdraw_all(budget, kStart), 3 + RetryBudget::kBankedMax);
  for (int i = 0; i < 2'000; ++i) budget.deposit(100);
  EXPECT_EQ(withdraw_all(budget, kStart), RetryBudget::kBankedMax);
}

}  // namespace
}  // namespace headgate::proxy::balance::limit
