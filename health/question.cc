#include "health/question.h"

#include <utility>
#include <variant>

#include "base/result.h"
#include "health/checks/http2_check.h"
#include "health/checks/http_check.h"
#include "health/checks/tcp_check.h"

namespace headgate::health {

net::Task<checks::Finding> put(net::Loop& loop, Question question) {
  const auto& [target, check, over_http2, timeout] = question;
  if (const auto* grpc = std::get_if<config::GrpcCheck>(&check)) {
    co_return co_await checks::check_grpc(loop, target, *grpc, timeout);
  }
  if (const auto* http = std::get_if<config::HttpCheck>(&check)) {
    if (over_http2) co_return co_await checks::check_http2(loop, target, *http, timeout);
    co_return co_await checks::check_http(loop, target, *http, timeout);
  }
  if (!std::holds_alternative<config::TcpCheck>(check)) base::invariant_broken("a check of a backend asks nothing");
  co_return co_await checks::check_tcp(loop, target, timeout);
}

}  // namespace headgate::health
