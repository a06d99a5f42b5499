#include <fmt/format.h>

#include <array>

#include "config/difference/text_diff.h"
#include "config/values.h"
#include "proxy/admin/api/members.h"
#include "proxy/admin/api/openapi.h"
#include "proxy/admin/api/parameters.h"
#include "proxy/admin/api/resources/resources.h"

// The daemon itself: its configuration, its log, what happened to it, its end.
namespace headgate::proxy::admin::api::resources {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
constexpr base::Duration kLevelTimeMax = 7 * 24h;

Json log_level_json(const Daemon& daemon) {
  const LogLevelRow row = daemon.actions->log_level();
  return {{"level", base::to_string(row.level)},
          {"configured", base::to_string(row.configured)},
          {"until", row.left ? time_json(base::wall_now() + *row.left) : Json(nullptr)}};
}

Json problems_json(const config::Problems& problems) {
  Json out = Json::array();
  for (const config::Problem& problem : problems.list) {
    const bool has_place = problem.place.line > 0;
    out.push_back({{"file", problems.file},
                   {"line", has_place ? Json(problem.place.line) : Json(nullptr)},
                   {"column", has_place ? Json(problem.place.column) : Json(nullptr)},
                   {"path", problem.path},
                   {"message", problem.what}});
  }
  return out;
}

Json event_json(const Event& event) {
  return {{"number", event.number},
          {"at", time_json(event.at)},
          {"kind", to_string(event.kind)},
          {"text", event.text},
          {"pool", text_or_null(event.pool)},
          {"backend", text_or_null(event.backend)},
          {"region", text_or_null(event.region)},
          {"from", text_or_null(event.from)},
          {"to", text_or_null(event.to)},
          {"why", text_or_null(event.why)}};
}

}  // namespace

Answer show_config(const Daemon& daemon, const Asked&) {
  const View view = daemon.view();
  const config::DiskCopy& disk = daemon.actions->look_at_disk();
  const config::Config& running = *view.config;
  Json out = Json::object();
  out["file"] = running.file;
  out["loaded_at"] = time_json(view.reloads->accepted_at());
  out["running"] = running.text;
  const bool is_readable = disk.error().empty();
  out["on_disk"] = !is_readable ? Json(nullptr) : Json(disk.other_text() ? *disk.other_text() : running.text);
  out["on_disk_error"] = is_readable ? Json(nullptr) : Json(disk.error());
  out["differs"] = disk.differs();
  std::optional<std::string> diff = std::string();
  if (disk.other_text()) {
    diff =
        config::difference::unified_diff(running.text, *disk.other_text(), running.file + " (running)", running.file);
  }
  out["diff"] = diff ? Json(std::move(*diff)) : Json(nullptr);
  return answer_with(std::move(out));
}

net::Task<Answer> reload(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  std::optional<Answer> refused = members.refusal();
  if (refused) co_return std::move(*refused);
  const ReloadOutcome outcome = co_await daemon.actions->reload();
  const auto took_ms = outcome.took / 1ms;
  if (outcome.accepted) {
    co_return answer_with({{"accepted", true}, {"took_ms", took_ms}, {"message", outcome.message}});
  }
  Answer answer = problem(422, "The configuration was refused; the one before goes on.");
  answer.body["accepted"] = false;
  answer.body["took_ms"] = took_ms;
  answer.body["problems"] = outcome.problems ? problems_json(*outcome.problems) : Json::array();
  answer.body["text"] = outcome.message;
  co_return answer;
}

Answer show_log_level(const Daemon& daemon, const Asked&) {
  return answer_with(log_level_json(daemon));
}

Answer set_log_level(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  const std::optional<std::size_t> level = members.word("level", kLevels);
  members.require("level", R"({"level": "debug", "for": "10m"})");
  const std::optional<base::Duration> length = members.duration("for", 1s, kLevelTimeMax);
  if (std::optional<Answer> refused = members.refusal()) return std::move(*refused);
  daemon.actions->set_log_level(static_cast<base::LogLevel>(*level), length);
  return answer_with(log_level_json(daemon));
}

net::Task<Answer> upgrade(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  std::optional<Answer> refused = members.refusal();
  if (refused) co_return std::move(*refused);
  const base::Result<UpgradeOutcome> outcome = co_await daemon.actions->upgrade();
  if (outcome) {
    co_return answer_with(
        {{"old_pid", outcome->old_pid}, {"new_pid", outcome->new_pid}, {"took_ms", outcome->took / 1ms}});
  }
  const bool is_busy = outcome.error().kind == base::ErrorKind::kUnavailable;
  co_return problem(is_busy ? 409 : 500, outcome.error().message);
}

Answer stop(const Daemon& daemon, const Asked& asked) {
  Members members(asked.body);
  if (std::optional<Answer> refused = members.refusal()) return std::move(*refused);
  Answer answer = answer_with({{"draining_seconds_max", daemon.actions->stop() / 1s}});
  answer.status = 202;
  return answer;
}

Answer show_openapi(const Daemon&, const Asked&) {
  return {.status = 200, .type = kJsonType, .text = embedded_files()[0].bytes};
}

Answer show_events(const Daemon& daemon, const Asked& asked) {
  Parameters parameters(asked.query);
  const std::uint64_t after = parameters.number("after", 0, std::numeric_limits<std::int64_t>::max()).value_or(0);
  if (std::optional<Answer> refused = parameters.refusal()) return std::move(*refused);
  const View view = daemon.view();
  Json events = Json::array();
  for (const Event& event : view.events->list()) {
    if (event.number > after) events.push_back(event_json(event));
  }
  return answer_with("events", std::move(events));
}

}  // namespace headgate::proxy::admin::api::resources
