#include "health/checks/http2_check.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "health/checks/http2_question.h"
#include "health/checks/http_check.h"
#include "wire/grpc/framing.h"
#include "wire/grpc/health.h"
#include "wire/grpc/status.h"

namespace headgate::health::checks {
namespace {

using wire::http::FieldId;

/// A HealthCheckResponse is two bytes; what is much longer is none.
constexpr std::size_t kResponseBytesMax = 1024;

Finding failed(std::string text) {
  return {Verdict::kFailed, std::move(text)};
}

wire::http::RequestHead head_of(wire::http::Method method, std::string_view method_text, std::string_view target) {
  wire::http::RequestHead head;
  const std::size_t query = target.find('?');
  head.method = method;
  head.method_text = method_text;
  head.path = target.substr(0, query);
  head.has_query = query != std::string_view::npos;
  if (head.has_query) head.query = target.substr(query + 1);
  head.fields.add(FieldId::kUserAgent, "headgate-check");
  return head;
}

/// What grpc-status says, in the trailers or, of an answer without a body, in its head; kUnknown where it is not there.
wire::grpc::Status grpc_status_of(const Http2Question& question) {
  const wire::http::Field* field = question.trailers().find("grpc-status");
  if (field == nullptr) field = question.head().fields.find("grpc-status");
  if (field == nullptr) return wire::grpc::Status::kUnknown;
  return wire::grpc::parse_status(field->value).value_or(wire::grpc::Status::kUnknown);
}

Finding verdict_on(const Http2Question& question) {
  if (question.head().status != 200) {
    return failed(fmt::format("HTTP {} from {}", question.head().status, wire::grpc::kHealthCheckPath));
  }
  const wire::grpc::Status status = grpc_status_of(question);
  if (status == wire::grpc::Status::kUnimplemented) return failed("the backend has no grpc.health.v1.Health");
  if (status != wire::grpc::Status::kOk) {
    return failed(fmt::format("grpc-status {} ({})", static_cast<int>(status), wire::grpc::to_string(status)));
  }
  wire::grpc::MessageReader reader(kResponseBytesMax);
  reader.feed(question.body());
  const bool has_message = reader.next() == wire::grpc::MessageReader::State::kMessage && !reader.is_compressed();
  const std::optional<wire::grpc::ServingStatus> serving =
      has_message ? wire::grpc::parse_health_response(reader.message()) : std::nullopt;
  if (!serving) return failed("no valid HealthCheckResponse");
  const bool passed = *serving == wire::grpc::ServingStatus::kServing;
  return {passed ? Verdict::kPassed : Verdict::kFailed, fmt::format("grpc {}", wire::grpc::to_string(*serving))};
}

}  // namespace

net::Task<Finding> check_http2(net::Loop& loop, Target target, config::HttpCheck check, base::Duration timeout) {
  Http2Question question(loop, target, timeout);
  const std::string authority = check.host.empty() ? target.host() : check.host;
  const wire::http::RequestHead head = head_of(wire::http::Method::kGet, "GET", check.path);
  wire::http2::Session::RequestExtras extras;
  extras.authority = authority;
  extras.scheme = target.server == nullptr ? "http" : "https";
  const bool asked = co_await question.ask(head, extras, std::string_view());
  if (!asked) co_return question.trouble();
  while (!question.has_head()) {
    const bool goes_on = co_await question.receive();
    if (!goes_on && !question.has_head()) co_return question.trouble();
  }
  const std::string text = fmt::format("HTTP {} from {}", question.head().status, check.path);
  if (!is_wanted(question.head().status, check.status)) co_return failed(text);
  if (check.body.empty()) co_return Finding{Verdict::kPassed, text};
  while (question.body().find(check.body) == std::string_view::npos) {
    if (question.is_complete() || question.body().size() >= kSearchedBytesMax) {
      co_return failed(fmt::format("{} without '{}' in its body", text, check.body));
    }
    const bool goes_on = co_await question.receive();
    if (!goes_on) co_return question.trouble();
  }
  co_return Finding{Verdict::kPassed, text};
}

net::Task<Finding> check_grpc(net::Loop& loop, Target target, config::GrpcCheck check, base::Duration timeout) {
  Http2Question question(loop, target, timeout);
  const std::string authority = target.host();
  wire::http::RequestHead head = head_of(wire::http::Method::kPost, "POST", wire::grpc::kHealthCheckPath);
  head.fields.add(FieldId::kContentType, "application/grpc");
  const std::string message = wire::grpc::health_request(check.service);
  std::string body;
  wire::grpc::append_prefix(body, static_cast<std::uint32_t>(message.size()));
  body += message;
  wire::http2::Session::RequestExtras extras;
  extras.authority = authority;
  extras.scheme = target.server == nullptr ? "http" : "https";
  const bool asked = co_await question.ask(head, extras, body);
  if (!asked) co_return question.trouble();
  while (!question.is_complete()) {
    const bool goes_on = co_await question.receive();
    if (!goes_on && !question.is_complete()) co_return question.trouble();
  }
  co_return verdict_on(question);
}

}  // namespace headgate::health::checks
