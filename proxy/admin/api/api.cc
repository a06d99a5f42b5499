#include "proxy/admin/api/api.h"

#include <fmt/format.h>

#include <utility>

#include "base/ascii.h"
#include "proxy/admin/api/request.h"
#include "proxy/admin/api/router.h"

namespace headgate::proxy::admin::api {
namespace {

using wire::http::FieldId;
using wire::http::Method;

/// "application/json", with or without parameters.
bool is_json_type(std::string_view content_type) {
  return base::equals_ignoring_case(base::trimmed(content_type.substr(0, content_type.find(';'))), kJsonType);
}

bool is_reading(Method method) {
  return method == Method::kGet || method == Method::kHead;
}

net::Task<Answer> answer_to(const Daemon& daemon, const Access& access, origin::Call& call) {
  const wire::http::RequestHead& head = call.request.head;
  Found found = find_route(routes(), head.method, head.path);
  const Purpose purpose = found.route != nullptr    ? found.route->purpose
                          : is_reading(head.method) ? Purpose::kRead
                                                    : Purpose::kChange;
  const Verdict verdict = judge(access, purpose, head, call.request.client);
  if (verdict != Verdict::kAllowed) {
    const Refusal refusal = refusal_of(verdict);
    Answer refused = problem(refusal.status, refusal.text);
    refused.challenge = refusal.challenge;
    co_return refused;
  }
  if (found.route == nullptr && found.allow.empty()) {
    co_return problem(404, fmt::format("There is no {}; {}/openapi.json says what there is.", head.path, kBasePath));
  }
  if (found.route == nullptr) {
    Answer refused = problem(405, fmt::format("{} is for {}.", head.path, found.allow));
    refused.allow = std::move(found.allow);
    co_return refused;
  }

  Asked asked{.names = std::move(found.names), .query = std::string(head.query)};
  if (!is_reading(head.method)) {
    std::variant<std::string, Answer> read = co_await read_body(call);
    if (auto* refused = std::get_if<Answer>(&read)) co_return std::move(*refused);
    const std::string& text = *std::get_if<std::string>(&read);
    if (!text.empty() && !is_json_type(head.fields.value_of(FieldId::kContentType))) {
      co_return problem(415, "A body is JSON and says so: Content-Type: application/json.");
    }
    std::variant<Json, Answer> parsed = parse_body(text);
    if (auto* refused = std::get_if<Answer>(&parsed)) co_return std::move(*refused);
    asked.body = std::move(*std::get_if<Json>(&parsed));
  }
  if (const auto* now = std::get_if<Route::Now>(&found.route->answer)) co_return (*now)(daemon, asked);
  const Route::Later later = *std::get_if<Route::Later>(&found.route->answer);
  co_return co_await later(daemon, asked);
}

}  // namespace

bool is_api_path(std::string_view path) {
  return path == "/api" || path.starts_with("/api/");
}

net::Task<void> respond(const Daemon& daemon, const Access& access, origin::Call& call, message::Response& response) {
  Answer answer = co_await answer_to(daemon, access, call);
  wire::http::Fields& fields = response.head.fields;
  response.head.status = answer.status;
  fields.add(FieldId::kContentType, answer.type);
  if (!answer.allow.empty()) fields.add(FieldId::kAllow, call.arena.copy(answer.allow));
  if (!answer.challenge.empty()) fields.add(FieldId::kWwwAuthenticate, answer.challenge);
  response.text = answer.text;
  if (!answer.text.empty()) co_return;
  response.owned_text = page_of(answer.body);
  response.text = response.owned_text;
}

}  // namespace headgate::proxy::admin::api
