#include "proxy/steering/connection_census.h"

#include <gtest/gtest.h>

#include <thread>

namespace headgate::proxy::steering {
namespace {

message::ConnectionRow row(std::size_t worker, std::string method = "") {
  message::ConnectionRow out;
  out.worker = worker;
  out.method = std::move(method);
  return out;
}

class CensusTest : public testing::Test {
 protected:
  admin::Connections count(std::size_t workers, AskWorker ask, message::ConnectionQuery query) {
    admin::Connections out;
    net::TaskScope scope;
    scope.spawn(run(workers, std::move(ask), std::move(query), out));
    loop_.run();
    return out;
  }
  net::Task<void> run(std::size_t workers, AskWorker ask, message::ConnectionQuery query, admin::Connections& out) {
    out = co_await count_connections(loop_, workers, std::move(ask), std::move(query));
    loop_.stop();
  }
  net::Loop loop_;
};

TEST_F(CensusTest, AddsUpWhatTheWorkersSayAndShowsTheBusyFirst) {
  message::ConnectionQuery four;
  four.limit = 4;
  std::vector<std::thread> threads;
  const admin::Connections found = count(
      3,
      [&threads](std::size_t worker, const message::ConnectionQuery& query, auto answer) {
        EXPECT_EQ(query.limit, 4u);
        threads.emplace_back([worker, answer] {
          message::ConnectionList list;
          list.rows = {row(worker, "GET"), row(worker)};
          list.total = 10;
          answer(std::move(list));
        });
      },
      four);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found.total, 30u);
  EXPECT_TRUE(found.silent_workers.empty());
  ASSERT_EQ(found.rows.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found.rows[i].method, "GET");
  EXPECT_EQ(found.rows[3].method, "");
}

TEST_F(CensusTest, NamesAWorkerThatDoesNotAnswer) {
  std::function<void(message::ConnectionList)> late;
  const admin::Connections found = count(2,
                                         [&late](std::size_t worker, const message::ConnectionQuery&, auto answer) {
                                           if (worker == 1) {
                                             late = answer;
                                             return;
                                           }
                                           message::ConnectionList list;
                                           list.rows = {row(0)};
                                           list.total = 1;
                                           answer(std::move(list));
                                         },
                                         {});
  EXPECT_EQ(found.silent_workers, std::vector<std::size_t>{1});
  EXPECT_EQ(found.total, 1u);
  late({});  // comes to nobody any more
}

TEST_F(CensusTest, OfNoWorkersIsEmpty) {
  const admin::Connections found = count(0, [](std::size_t, const message::ConnectionQuery&, auto) {}, {});
  EXPECT_EQ(found.total, 0u);
}

}  // namespace
}  // namespace headgate::proxy::steering
