#include "proxy/steering/connection_census.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/waiting.h"

namespace headgate::proxy::steering {
namespace {

/// What has come so far. Made, touched and ended on the control thread alone: the gate is one of its loop's, so a
/// worker that is late must not be the last to hold it.
struct Census {
  Census(net::Loop& loop, std::size_t workers) : answers(workers), all_here(loop) {}
  void take(std::size_t worker, message::ConnectionList list) {
    answers[worker] = std::move(list);
    const auto is_here = [](const auto& answer) { return answer.has_value(); };
    if (std::all_of(answers.begin(), answers.end(), is_here)) all_here.open();
  }
  std::vector<std::optional<message::ConnectionList>> answers;
  net::Gate all_here;
};

}  // namespace

net::Task<admin::Connections> count_connections(net::Loop& loop, std::size_t workers, AskWorker ask,
                                                message::ConnectionQuery query) {
  const auto census = std::make_shared<Census>(loop, workers);
  for (std::size_t i = 0; i < workers; ++i) {
    ask(i, query, [&loop, open = std::weak_ptr<Census>(census), i](message::ConnectionList list) {
      auto carried = std::make_shared<message::ConnectionList>(std::move(list));
      loop.post([open, i, carried] {
        if (const std::shared_ptr<Census> census_open = open.lock()) census_open->take(i, std::move(*carried));
      });
    });
  }
  [[maybe_unused]] const bool all = co_await census->all_here.wait(loop.now() + kCensusPatience);
  admin::Connections out;
  std::vector<message::ConnectionRow> idle;
  for (std::size_t i = 0; i < census->answers.size(); ++i) {
    std::optional<message::ConnectionList>& answer = census->answers[i];
    if (!answer) {
      out.silent_workers.push_back(i);
      continue;
    }
    out.total += answer->total;
    for (message::ConnectionRow& row : answer->rows) {
      (row.method.empty() && row.backend.empty() ? idle : out.rows).push_back(std::move(row));
    }
  }
  std::move(idle.begin(), idle.end(), std::back_inserter(out.rows));
  if (out.rows.size() > query.limit) out.rows.resize(query.limit);
  co_return out;
}

}  // namespace headgate::proxy::steering
