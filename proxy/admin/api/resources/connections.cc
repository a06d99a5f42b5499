#include <chrono>

#include "proxy/admin/api/parameters.h"
#include "proxy/admin/api/resources/resources.h"

namespace headgate::proxy::admin::api::resources {
namespace {

constexpr std::uint64_t kLimitDefault = 100;
constexpr std::uint64_t kLimitMax = 10'000;

Json connection_json(const message::ConnectionRow& row, base::WallTime now) {
  Json out = Json::object();
  out["listener"] = row.listener;
  out["worker"] = row.worker;
  out["client"] = row.client.text();
  out["peer"] = row.peer.text();
  out["opened_at"] = time_json(now - row.age);
  out["age_seconds"] = row.age / std::chrono::seconds(1);
  out["phase"] = message::to_string(row.phase);
  out["requests"] = row.requests;
  out["requests_running"] = row.requests_running;
  out["method"] = text_or_null(row.method);
  out["host"] = text_or_null(row.host);
  out["path"] = text_or_null(row.path);
  out["route"] = text_or_null(row.route);
  out["backend"] = text_or_null(row.backend);
  out["received_bytes"] = row.received_bytes;
  out["sent_bytes"] = row.sent_bytes;
  return out;
}

}  // namespace

net::Task<Answer> show_connections(const Daemon& daemon, const Asked& asked) {
  Parameters parameters(asked.query);
  message::ConnectionQuery query;
  query.limit = parameters.number("limit", 1, kLimitMax).value_or(kLimitDefault);
  query.listener = parameters.text("listener").value_or("");
  const std::optional<std::string> client = parameters.text("client");
  std::optional<Answer> refused = parameters.refusal();
  if (refused) co_return std::move(*refused);
  if (client) {
    query.client = base::IpAddress::parse(*client);
    if (!query.client) co_return problem(400, "client is an IP address, not '" + *client + "'");
  }
  const Connections found = co_await daemon.actions->connections(query);
  const base::WallTime now = base::wall_now();
  Json rows = Json::array();
  for (const message::ConnectionRow& row : found.rows) rows.push_back(connection_json(row, now));
  Json out = Json::object();
  out["connections"] = std::move(rows);
  out["total"] = found.total;
  out["truncated"] = found.rows.size() < found.total;
  out["silent_workers"] = found.silent_workers;
  co_return answer_with(std::move(out));
}

}  // namespace headgate::proxy::admin::api::resources
