#include "proxy/origin/attempt.h"

#include <string>

namespace headgate::proxy::origin {

base::Result<void> Attempt::note_interim() {
  if (++interims_ <= kInterimsMax) return {};
  return failed(Failure::kGarbage, base::ErrorKind::kMalformed, "it sent interim answers without end");
}

base::Error Attempt::failed(Failure failure, base::ErrorKind kind, std::string_view what) {
  failure_ = failure;
  const bool backend_failed = failure != Failure::kClient;
  // A kept-alive connection that the backend closed just then says nothing against the backend.
  const bool innocent = failure == Failure::kUnseen || (failure == Failure::kCut && was_idle_);
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
