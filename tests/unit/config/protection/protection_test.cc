// Keys of what keeps a pool from being buried.
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

TEST(Protection, WhatCannotBe) {
  const auto pool = [](const std::string& keys) {
    return "listeners: { web: { bind: 127.0.0.1:80 } }\npools: { a: { backends: [10.0.0.1:80], " + keys + " } }\n";
  };
  const std::pair<std::string, std::string> mistakes[] = {
      {pool("limits: { requests: 5 }, adaptive: {}"),
       "2:13: pools.a: limits.requests and adaptive both limit the requests under way; adaptive.max is the most that "
       "adaptive allows, so remove limits.requests\n"},
      {pool("adaptive: { min: 9, max: 8 }"), "2:50: pools.a.adaptive: min 9 is more than max 8\n"},
      {pool("hedge: { after: p9 }"),
       "2:56: pools.a.hedge.after: expected a percentile from p50 to p99.9, or a duration such as 50ms, found 'p9'\n"},
      {pool("hedge: { after: 5x }"),
       "2:56: pools.a.hedge.after: expected a percentile from p50 to p99.9, or a duration such as 50ms, found '5x'\n"},
      {pool("queue: { shed: soon }"),
       "2:55: pools.a.queue.shed: expected off, or a duration such as 500ms, found 'soon'\n"},
      {"listeners: { t: { bind: 127.0.0.1:80, protocol: tcp, pool: a } }\n"
       "pools: { a: { backends: [10.0.0.1:80], hedge: {} } }\n",
       "1:60: listeners.t.pool: pool 'a' has hedge, which goes by how long answers take, and the connections of a tcp "
       "listener have none; give them a pool without\n"},
      {"listeners: { t: { bind: 127.0.0.1:80, protocol: tcp, pool: a } }\n"
       "pools: { a: { backends: [10.0.0.1:80], adaptive: {} } }\n",
       "1:60: listeners.t.pool: pool 'a' has adaptive, which goes by how long answers take, and the connections of a "
       "tcp listener have none; give them a pool without\n"},
  };
  for (const auto& [text, problem] : mistakes) EXPECT_EQ(problems_of(text), "/none/hg.yaml:" + problem);
}

}  // namespace
}  // namespace headgate::config
