#include "proxy/origin/attempt.h"

#include <algorithm>
#include <optional>
#include <string>

#include "wire/load_report/load_report.h"

namespace headgate::proxy::origin {
namespace {

/// What an attempt that failed counts as where backends are chosen by their latency: failing quickly is no merit.
constexpr base::Duration kFailureLatency = std::chrono::seconds(1);

constexpr std::string_view kXLoad = "x-load";
constexpr std::string_view kOrca = "endpoint-load-metrics";
constexpr std::string_view kOrcaBinary = "endpoint-load-metrics-bin";

/// Of several fields the first of these that there is.
std::optional<wire::load_report::Load> load_in(const wire::http::Fields& fields) {
  if (const wire::http::Field* field = fields.find(kOrcaBinary)) {
    return wire::load_report::parse_orca_binary(field->value);
  }
  if (const wire::http::Field* field = fields.find(kOrca)) return wire::load_report::parse_orca(field->value);
  if (const wire::http::Field* field = fields.find(kXLoad)) return wire::load_report::parse_x_load(field->value);
  return std::nullopt;
}

}  // namespace

void Attempt::give_feedback(balance::Feedback wanted, bool is_error, wire::http::Fields& fields) {
  balance::Backend& backend = lease_.backend();
  const base::Time now = call_.record.response_head;
  if (wanted.latency) {
    const base::Duration latency = now - call_.record.backend_chosen;
    backend.latency.observe(is_error ? std::max(latency, kFailureLatency) : latency, now);
  }
  // Failing quickly says nothing of how much the backends can do at once.
  if (wanted.pace && !is_error) lease_.note_latency(now - call_.record.backend_chosen, now);
  if (!wanted.load) return;
  if (backend.health().load().wants(now)) {
    const std::optional<wire::load_report::Load> load = load_in(fields);
    if (load) backend.health().load().report(*load, now);
  }
  // What it says is for its balancer: clients have no business with it.
  for (const std::string_view name : {kXLoad, kOrca, kOrcaBinary}) fields.remove(name);
}

void Attempt::observe_failure() {
  const balance::Feedback wanted = lease_.wanted_feedback();
  const base::Time now = call_.loop.now();
  if (wanted.pace && failure_ == Failure::kTimeout) lease_.note_latency(now - call_.record.backend_chosen, now);
  if (!wanted.latency) return;
  lease_.backend().latency.observe(std::max(now - call_.record.backend_chosen, kFailureLatency), now);
}

void Attempt::note_given_up() {
  counters_.given_up.add();
  const base::Time now = call_.loop.now();
  if (lease_ && lease_.wanted_feedback().latency) {
    lease_.backend().latency.observe(now - call_.record.backend_chosen, now);
  }
}

base::Result<void> Attempt::note_interim() {
  if (++interims_ <= kInterimsMax) return {};
  return failed(Failure::kGarbage, base::ErrorKind::kMalformed, "it sent interim answers without end");
}

base::Error Attempt::failed(Failure failure, base::ErrorKind kind, std::string_view what) {
  failure_ = failure;
  const bool backend_failed = failure != Failure::kClient;
  // A kept-alive connection that the backend closed just then says nothing against the backend.
  const bool innocent = failure == Failure::kUnseen || (failure == Failure::kCut && was_idle_);
  if (backend_failed && !innocent) observe_failure();
  if (backend_failed && !innocent && failure != Failure::kConnect) {
    counters_.failures.add();
    lease_.backend().health().report(health::BackendHealth::Outcome::kError);
  }
  std::string text("backend ");
  text.append(call_.record.backend).append(": ").append(what);
  return base::Error{kind, backend_failed ? base::Fault::kUpstream : base::Fault::kClient, std::move(text)};
}

base::Error Attempt::broken_off(base::Error why) {
  if (why.fault == base::Fault::kUpstream) {
    counters_.failures.add();
    lease_.backend().health().report(health::BackendHealth::Outcome::kError);
  }
  why.message = "backend " + std::string(call_.record.backend) + ": " + why.message;
  return why;
}

}  // namespace headgate::proxy::origin
