#pragma once
#include <string>

#include "proxy/ctl/client/json.h"

// Answers of the admin API to render.
namespace headgate::proxy::ctl::testing {

using client::Json;

inline const base::WallTime kNow = base::WallTime(std::chrono::seconds(1795655083));  // 2026-11-26 01:04:43 UTC

inline Json backend(const std::string& pool, const std::string& id, const std::string& state = "up",
                    const std::string& why = "") {
  return {{"id", id},
          {"address", id + ".internal:8080"},
          {"pool", pool},
          {"state", state},
          {"since", "2026-11-26T00:59:43.000Z"},
          {"why", why},
          {"weight", 1},
          {"weight_percent", state == "up" ? 100 : 0},
          {"operator",
           {{"mode", "enabled"},
            {"weight_percent", 100},
            {"target_percent", 100},
            {"until", nullptr},
            {"why", ""},
            {"since", nullptr}}},
          {"requests_in_flight", 12},
          {"connections_open", 14},
          {"requests", 12345},
          {"failures", 1},
          {"connect_failures", 2},
          {"checks", {{"ok", 300}, {"failed", 3}, {"last_at", "2026-11-26T01:04:42.000Z"}}},
          {"latency_ms", {{"p50", 3.2}, {"p95", 12.5}, {"p99", nullptr}}}};
}

inline Json backends() {
  return {{"backends",
           {backend("app", "app-1"), backend("app", "app-2", "down", "HTTP 503 from /healthz, 3 of 3 failed"),
            backend("static", "files-1")}}};
}

}  // namespace headgate::proxy::ctl::testing
