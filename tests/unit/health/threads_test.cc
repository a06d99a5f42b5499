#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "health/table.h"
#include "tests/unit/net/run_task.h"

// What crosses threads: workers report and read while the control thread publishes, and after backends and table have
// gone.
namespace headgate::health {
namespace {

using namespace std::chrono_literals;

TEST(HealthThreads, WorkersReportWhileTheTableChanges) {
  net::Loop loop;
  const std::unique_ptr<base::Log> log = std::move(*base::Log::open("/dev/null", base::LogLevel::kError));
  std::atomic<int> ejections_seen{0};
  auto table = std::make_unique<Table>(loop, *log, [&](const std::string&) { ++ejections_seen; });
  config::Health settings;
  settings.outlier = config::Outlier{.errors = 10, .window = 10s, .eject = 5ms, .max_ejected_percent = 100};
  std::vector<Table::Member> members;
  for (std::uint16_t port = 1; port <= 4; ++port) {
    members.push_back({std::to_string(port), base::Endpoint(base::IpAddress::v4(0x7f000001), port)});
  }
  const std::vector<std::shared_ptr<BackendHealth>> words = table->set_pool("app", settings, members);

  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> reads{0};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 3; ++worker) {
    workers.emplace_back([&] {
      while (!stop) {
        for (const std::shared_ptr<BackendHealth>& word : words) {
          word->report(BackendHealth::Outcome::kError);
          reads += word->takes_requests() && word->weight_percent() == 100 ? 1 : 0;
        }
        std::this_thread::sleep_for(50us);
      }
    });
  }
  ASSERT_TRUE(net::testing::run_until(loop, [&] {
    for (const Row& row : table->rows()) {
      if (row.ejections < 3) return false;
    }
    return true;
  }));
  table->set_pool("app", settings, {members[0]});
  net::testing::run_for(loop, 20ms);
  table->remove_pool("app");
  net::testing::run_for(loop, 20ms);
  table.reset();  // the workers hold their words still
  net::testing::run_for(loop, 20ms);
  stop = true;
  for (std::thread& worker : workers) worker.join();
  EXPECT_GT(ejections_seen, 0);
}

TEST(HealthThreads, NoErrorIsLost) {
  std::atomic<int> told{0};
  BackendHealth word([&] { ++told; });
  constexpr int kEach = 20'000;
  std::uint64_t collected = 0;
  std::vector<std::thread> workers;
  std::atomic<int> running{3};
  for (int worker = 0; worker < 3; ++worker) {
    workers.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) word.report(BackendHealth::Outcome::kError);
      --running;
    });
  }
  while (running > 0) collected += word.collect_errors();
  for (std::thread& worker : workers) worker.join();
  collected += word.collect_errors();
  EXPECT_EQ(collected, 3u * kEach);
  EXPECT_GE(told, 1);
}

}  // namespace
}  // namespace headgate::health
