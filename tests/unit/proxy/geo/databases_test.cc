#include "proxy/geo/databases.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "geoip/write/mmdb_writer.h"
#include "tests/unit/config/loading.h"
#include "tests/unit/net/run_task.h"

// Databases that are read while a loop runs.
namespace headgate::proxy::geo {
namespace {

using ::testing::HasSubstr;

/// A millisecond each.
net::Task<void> count_turns(net::Loop& loop, int& out) {
  for (;; ++out) co_await net::sleep_until(loop, loop.now() + std::chrono::milliseconds(1));
}

class DatabasesTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& networks) {
    const auto rows = geoip::write::parse_networks("network,country\n" + networks).rows;
    return folder_.write(name, geoip::write::write_mmdb(rows, {})->bytes);
  }
  base::Result<void> read_ahead(const std::vector<std::string>& files) {
    return net::testing::run_task(loop_, databases_.read_ahead(loop_, files));
  }

  config::TempFolder folder_;
  net::Loop loop_;
  Databases databases_;
};

TEST_F(DatabasesTest, WhatWasReadAheadIsNotReadAgain) {
  const std::string a = write("a.mmdb", "192.0.2.0/24,DE\n");
  const std::string b = write("b.mmdb", "192.0.2.0/24,US\n");
  ASSERT_TRUE(read_ahead({a, b}));
  const auto first = databases_.load({a, b});
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ((*first)[0].file, a);
  // Whoever still has one holds on to it; a second reading has nothing to do.
  ASSERT_TRUE(read_ahead({b, a}));
  const auto second = databases_.load({b, a});
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)[0].database, (*first)[1].database);
  EXPECT_EQ((*second)[1].database, (*first)[0].database);
}

TEST_F(DatabasesTest, ReadsAheadWhatHasChanged) {
  const std::string file = write("a.mmdb", "192.0.2.0/24,DE\n");
  ASSERT_TRUE(read_ahead({file}));
  const auto before = databases_.load({file});
  write("new", "192.0.2.0/24,US\n");
  std::filesystem::rename(folder_.path("new"), file);
  ASSERT_TRUE(read_ahead({file}));
  const auto after = databases_.load({file});
  ASSERT_TRUE(after);
  EXPECT_NE(after->front().database, before->front().database);
  EXPECT_EQ(after->front().mark, config::mark_of(file));
}

TEST_F(DatabasesTest, TheFirstThatCannotBeUsedIsTheError) {
  const std::string good = write("a.mmdb", "192.0.2.0/24,DE\n");
  const std::string bad = folder_.write("bad.mmdb", "no database");
  const base::Result<void> read = read_ahead({good, bad, "/none/c.mmdb"});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("bad.mmdb: "));
  EXPECT_THAT(read_ahead({"/none/c.mmdb", bad}).error().message, HasSubstr("/none/c.mmdb"));
  EXPECT_TRUE(read_ahead({}));
}

/// The loop goes on while a large one is read.
TEST_F(DatabasesTest, TheLoopDoesNotWait) {
  std::string networks;
  for (int i = 0; i < 40'000; ++i) {
    networks += fmt::format("10.{}.{}.0/24,{}\n", i / 256, i % 256, i % 2 == 0 ? "DE" : "US");
  }
  const std::string file = write("large.mmdb", networks);
  int turns = 0;
  net::TaskScope scope;
  scope.spawn(count_turns(loop_, turns));
  ASSERT_TRUE(read_ahead({file}));
  EXPECT_GE(turns, 2);
}

/// Whoever waited is gone before the file has been read.
TEST_F(DatabasesTest, MayBeCalledOff) {
  const std::string file = write("a.mmdb", "192.0.2.0/24,DE\n");
  {
    std::optional<base::Result<void>> out;
    net::TaskScope scope;
    scope.spawn(net::testing::finish_with(loop_, databases_.read_ahead(loop_, {file}), out));
    net::testing::run_for(loop_, std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(databases_.load({file}));
}

}  // namespace
}  // namespace headgate::proxy::geo
