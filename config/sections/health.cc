#include <fmt/core.h>

#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

void read_path(const Reader& at, HttpCheck& out) {
  std::string path;
  at.text(path, {1, 2048});
  if (path.empty()) return;
  if (path.front() != '/' || path.find('#') != std::string::npos || !is_visible_ascii(path)) {
    return at.problem(fmt::format("expected a path such as /healthz, found {}", yaml::in_quotes(path)));
  }
  out.path = path;
}

void read_status(const Reader& at, HttpCheck& out) {
  out.status.clear();
  at.each_value([&](const Reader& one) {
    constexpr std::string_view kWanted = "a status from 100 to 599 or a range such as 200-299";
    const std::optional<std::string> written = one.scalar(kWanted);
    if (!written) return;
    const std::optional<StatusRange> range = parse_status_range(*written);
    if (!range) return one.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
    out.status.push_back(*range);
  });
}

void read_host(const Reader& at, HttpCheck& out) {
  const std::optional<std::string> written = at.scalar("a host");
  if (!written) return;
  // A Host field may carry a port, unlike match.host.
  const bool is_host = (parse_host_pattern(*written) && !written->starts_with('*')) || parse_host_and_port(*written) ||
                       base::Endpoint::parse(*written);
  if (!is_host || written->starts_with("unix:")) {
    return at.problem(fmt::format("expected a host such as app.internal, found {}", yaml::in_quotes(*written)));
  }
  out.host = *written;
}

constexpr Key<HttpCheck> kHttpKeys[] = {
    {"path", read_path},
    {"status", read_status},
    {"host", read_host},
    {"body", [](const Reader& at, HttpCheck& out) { at.text(out.body, {1, 4096}); }},
};

constexpr Key<GrpcCheck> kGrpcKeys[] = {
    {"service", [](const Reader& at, GrpcCheck& out) { at.text(out.service, {1, 256}); }},
};

constexpr Key<Outlier> kOutlierKeys[] = {
    {"errors", [](const Reader& at, Outlier& out) { at.number(out.errors, {1, 10'000}); }},
    {"window", [](const Reader& at, Outlier& out) { at.duration(out.window, {10ms, 24h}); }},
    {"eject", [](const Reader& at, Outlier& out) { at.duration(out.eject, {10ms, 24h}); }},
    {"max_ejected", [](const Reader& at, Outlier& out) { at.percent(out.max_ejected_percent); }},
};

/// Health while its map is read: `http`, `tcp` and `grpc` exclude each other.
struct HealthDraft {
  Health health;
  bool has_check = false;
};

void set_check(const Reader& at, HealthDraft& draft, decltype(Health::check) check) {
  if (draft.has_check) return at.problem("a second check: a pool has one of http, tcp, grpc");
  draft.health.check = std::move(check);
  draft.has_check = true;
}

void read_http(const Reader& at, HealthDraft& out) {
  HttpCheck check;
  read_map(at, kHttpKeys, check);
  set_check(at, out, std::move(check));
}

void read_tcp(const Reader& at, HealthDraft& out) {
  at.each_entry([](const Reader& one, const std::string&) { one.problem("tcp takes no keys; write tcp: {}"); });
  set_check(at, out, TcpCheck{});
}

void read_grpc(const Reader& at, HealthDraft& out) {
  GrpcCheck check;
  read_map(at, kGrpcKeys, check);
  set_check(at, out, std::move(check));
}

void read_outlier(const Reader& at, HealthDraft& out) {
  out.health.outlier.emplace();
  read_map(at, kOutlierKeys, *out.health.outlier);
}

constexpr Key<HealthDraft> kHealthKeys[] = {
    {"http", read_http, Presence::kOptional, [](KeyList& out) { out.add(kHttpKeys); }},
    {"tcp", read_tcp},
    {"grpc", read_grpc, Presence::kOptional, [](KeyList& out) { out.add(kGrpcKeys); }},
    {"interval", [](const Reader& at, HealthDraft& out) { at.duration(out.health.interval, {10ms, 24h}); }},
    {"timeout", [](const Reader& at, HealthDraft& out) { at.duration(out.health.timeout, kWaitRange); }},
    {"fall", [](const Reader& at, HealthDraft& out) { at.number(out.health.fall, {1, 100}); }},
    {"rise", [](const Reader& at, HealthDraft& out) { at.number(out.health.rise, {1, 100}); }},
    {"outlier", read_outlier, Presence::kOptional, [](KeyList& out) { out.add(kOutlierKeys); }},
    {"panic_below", [](const Reader& at, HealthDraft& out) { at.percent(out.health.panic_below_percent); }},
    {"slow_start", [](const Reader& at, HealthDraft& out) { at.duration(out.health.slow_start, kWaitOrOffRange); }},
};

}  // namespace

void read_health(const Reader& at, Health& out) {
  HealthDraft draft;
  read_map(at, kHealthKeys, draft);
  out = std::move(draft.health);
}

void list_health_keys(KeyList& out) {
  out.add(kHealthKeys);
}

}  // namespace headgate::config::sections
