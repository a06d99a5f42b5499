#include "proxy/access_log/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/unit/proxy/access_log/entries.h"

namespace headgate::proxy::access_log {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() {
    std::string name = testing::TempDir() + "headgate-access-log-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    log_ = std::move(*base::Log::open(folder_ + "/daemon.log", base::LogLevel::kInfo));
  }
  ~AccessLogTest() override { std::filesystem::remove_all(folder_); }

  static std::string content(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  config::AccessLog settings(const std::string& format) const {
    return config::AccessLog{.file = folder_ + "/access.log", .format = format, .sample = 1};
  }
  static void log_one(AccessLog& log, std::size_t worker) {
    if (log.ring(worker).wants()) log.ring(worker).push(full_entry());
  }

  std::string folder_;
  std::unique_ptr<base::Log> log_;
};

TEST_F(AccessLogTest, FromWorkersToTheFile) {
  base::Result<std::unique_ptr<AccessLog>> opened = AccessLog::open(settings("{method} {path}"), 2, *log_);
  ASSERT_TRUE(opened);
  log_one(**opened, 0);
  log_one(**opened, 1);
  (*opened)->stop();
  EXPECT_EQ(content(folder_ + "/access.log"), "GET /assets/app.js\nGET /assets/app.js\n");
  EXPECT_EQ((*opened)->written(), 2u);
  EXPECT_EQ((*opened)->dropped(), 0u);
}

TEST_F(AccessLogTest, SeveralWorkersAndRotation) {
  constexpr int kWorkers = 3;
  constexpr int kEntries = 20'000;
  base::Result<std::unique_ptr<AccessLog>> opened = AccessLog::open(settings("json"), kWorkers, *log_);
  ASSERT_TRUE(opened);
  AccessLog& access_log = **opened;
  std::vector<std::thread> workers;
  for (std::size_t w = 0; w < kWorkers; ++w) {
    workers.emplace_back([&access_log, w] {
      for (int i = 0; i < kEntries; ++i) log_one(access_log, w);
    });
  }
  const std::string path = folder_ + "/access.log";
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(3ms);
    std::filesystem::rename(path, path + "." + std::to_string(i));
    access_log.reopen();
    while (!std::filesystem::exists(path)) std::this_thread::sleep_for(1ms);
  }
  for (std::thread& worker : workers) worker.join();
  access_log.stop();
  std::string all = content(path);
  for (int i = 0; i < 5; ++i) all += content(path + "." + std::to_string(i));
  const auto lines = static_cast<std::uint64_t>(std::count(all.begin(), all.end(), '\n'));
  EXPECT_EQ(lines, access_log.written());
  EXPECT_EQ(lines + access_log.dropped_by_full_rings(), std::uint64_t{kWorkers} * kEntries);
}

TEST_F(AccessLogTest, OffOnAndOffAgain) {
  base::Result<std::unique_ptr<AccessLog>> opened = AccessLog::open(std::nullopt, 1, *log_);
  ASSERT_TRUE(opened);
  AccessLog& access_log = **opened;
  EXPECT_FALSE(access_log.ring(0).wants());
  ASSERT_TRUE(access_log.apply(settings("{status}")));
  log_one(access_log, 0);
  while (access_log.written() == 0) std::this_thread::sleep_for(1ms);
  const base::Result<void> refused = access_log.apply(settings("{stat}"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no field named 'stat'"));
  log_one(access_log, 0);
  while (access_log.written() == 1) std::this_thread::sleep_for(1ms);
  ASSERT_TRUE(access_log.apply(std::nullopt));
  EXPECT_FALSE(access_log.ring(0).wants());
  access_log.stop();
  EXPECT_EQ(content(folder_ + "/access.log"), "200\n200\n");
}

TEST_F(AccessLogTest, WhatCannotBeUsedIsAnError) {
  EXPECT_FALSE(AccessLog::open(settings("{nothing}"), 1, *log_));
  config::AccessLog nowhere = settings("json");
  nowhere.file = folder_ + "/no/access.log";
  EXPECT_FALSE(AccessLog::open(nowhere, 1, *log_));
}

TEST_F(AccessLogTest, AFullDiskIsCountedAndSaid) {
  config::AccessLog full = settings("json");
  full.file = "/dev/full";
  base::Result<std::unique_ptr<AccessLog>> opened = AccessLog::open(full, 1, *log_);
  ASSERT_TRUE(opened);
  log_one(**opened, 0);
  (*opened)->stop();
  EXPECT_EQ((*opened)->dropped(), 1u);
  EXPECT_EQ((*opened)->lost_by_writing(), 1u);
  EXPECT_EQ((*opened)->written(), 0u);
  EXPECT_THAT(content(folder_ + "/daemon.log"), HasSubstr("access log: write /dev/full: No space left on device"));
}

}  // namespace
}  // namespace headgate::proxy::access_log
