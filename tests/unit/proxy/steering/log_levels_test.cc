#include "proxy/steering/log_levels.h"

#include <gtest/gtest.h>

#include "net/waiting.h"

namespace headgate::proxy::steering {
namespace {

using namespace std::chrono_literals;
using base::LogLevel;

class LogLevelsTest : public testing::Test {
 protected:
  void run_for(base::Duration length) {
    net::TaskScope scope;
    scope.spawn(stop_after(length));
    loop_.run();
  }
  net::Task<void> stop_after(base::Duration length) {
    co_await net::sleep_until(loop_, loop_.now() + length);
    loop_.stop();
  }
  net::Loop loop_;
  std::unique_ptr<base::Log> log_ = std::move(*base::Log::open("stderr", LogLevel::kInfo));
  LogLevels levels_{loop_, *log_};
};

TEST_F(LogLevelsTest, BeginsAsConfigured) {
  EXPECT_EQ(levels_.row().level, LogLevel::kInfo);
  EXPECT_EQ(levels_.row().configured, LogLevel::kInfo);
  EXPECT_FALSE(levels_.row().left);
}

TEST_F(LogLevelsTest, AWishWithoutATimeEndsWithTheNextConfiguration) {
  levels_.wish(LogLevel::kDebug, std::nullopt);
  EXPECT_EQ(log_->level(), LogLevel::kDebug);
  levels_.configure(LogLevel::kWarn);
  EXPECT_EQ(log_->level(), LogLevel::kWarn);
}

TEST_F(LogLevelsTest, AWishWithATimeOutlivesConfigurations) {
  levels_.wish(LogLevel::kDebug, 30ms);
  levels_.configure(LogLevel::kError);
  EXPECT_EQ(log_->level(), LogLevel::kDebug);
  EXPECT_EQ(levels_.row().configured, LogLevel::kError);
  EXPECT_GT(*levels_.row().left, 0ms);
  run_for(60ms);
  EXPECT_EQ(log_->level(), LogLevel::kError);
  EXPECT_FALSE(levels_.row().left);
}

TEST_F(LogLevelsTest, TheLastWishHolds) {
  levels_.wish(LogLevel::kDebug, 30ms);
  levels_.wish(LogLevel::kError, std::nullopt);
  run_for(60ms);
  EXPECT_EQ(log_->level(), LogLevel::kError);
}

}  // namespace
}  // namespace headgate::proxy::steering
