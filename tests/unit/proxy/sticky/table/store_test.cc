#include "proxy/sticky/table/store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "net/waiting.h"
#include "tests/unit/proxy/sticky/table/noted.h"

namespace headgate::proxy::sticky::table {
namespace {

net::Task<void> put_and_wait(std::shared_ptr<Store> store, net::Loop& loop, bool& is_kept) {
  const std::uint64_t number = store->sessions().put(key_of("a"), 42, kNow);
  co_await kept(store, number, loop);
  const std::shared_ptr<LogWriter> log = store->log();
  is_kept = log != nullptr && log->is_kept(number);
  loop.stop();
}

class StoreInAFolder : public ::testing::Test {
 protected:
  StoreInAFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "headgate-sessions-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~StoreInAFolder() override { std::filesystem::remove_all(folder_); }
  std::shared_ptr<Store> store() {
    return std::make_shared<Store>("app", 1000, 600,
                                   [this](base::LogLevel, const std::string& line) { said_ += line + "\n"; });
  }
  std::string folder() const { return folder_ / "sessions" / "pool-app"; }

  std::filesystem::path folder_;
  std::string said_;
};

TEST_F(StoreInAFolder, AnAnswerWaitsForTheDisk) {
  net::Loop loop;
  const std::shared_ptr<Store> first = store();
  ASSERT_TRUE(first->open(folder(), kNow));
  bool is_kept = false;
  net::TaskScope scope;
  scope.spawn(put_and_wait(first, loop, is_kept));
  loop.run();
  EXPECT_TRUE(is_kept);
  first->close();
  const std::shared_ptr<Store> second = store();
  ASSERT_TRUE(second->open(folder(), kNow));
  EXPECT_EQ(second->sessions().look(key_of("a"), kNow), 42u);
  EXPECT_NE(said_.find("sessions: pool app: 1 from " + folder()), std::string::npos) << said_;
}

TEST_F(StoreInAFolder, WithoutAFolderNobodyWaits) {
  net::Loop loop;
  bool is_kept = true;
  net::TaskScope scope;
  scope.spawn(put_and_wait(store(), loop, is_kept));
  loop.run();
  EXPECT_FALSE(is_kept);
}

TEST_F(StoreInAFolder, IsOneProcessAlone) {
  const std::shared_ptr<Store> first = store();
  ASSERT_TRUE(first->open(folder(), kNow));
  const std::shared_ptr<Store> second = store();
  const base::Result<void> refused = second->open(folder(), kNow);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another headgate keeps its sessions there"), std::string::npos);
  first->close();
  EXPECT_TRUE(second->open(folder(), kNow));
}

TEST_F(StoreInAFolder, WhatIsNoLogIsLeftAlone) {
  std::filesystem::create_directories(folder());
  const std::string path = folder() + "/log-0000000000000001";
  std::FILE* file = std::fopen(path.c_str(), "w");
  std::fputs("something else\n", file);
  std::fclose(file);
  const base::Result<void> refused = store()->open(folder(), kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, path + ": it does not begin as a log of sessions does; if it may go, remove it");
  EXPECT_EQ(std::filesystem::file_size(path), 15u);
}

}  // namespace
}  // namespace headgate::proxy::sticky::table
