#include "proxy/admin/admin_origin.h"

#include <algorithm>

#include "proxy/admin/dashboard/dashboard.h"
#include "proxy/admin/metrics/metrics.h"
#include "proxy/admin/status.h"

namespace headgate::proxy::admin {
namespace {

using wire::http::FieldId;
using wire::http::Method;

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
constexpr std::string_view kIndex =
    "headgate\n\n"
    "/metrics  counters, gauges and histograms for Prometheus\n"
    "/status   the configuration that runs, listeners, routes, pools and the health of backends, as JSON\n"
    "/healthz  200 while headgate takes requests, 503 while it does not\n";

/// `text` lives as long as the process.
void fill(message::Response& response, std::uint16_t status, std::string_view text) {
  response.head.status = status;
  response.head.fields.add(FieldId::kContentType, kPlainText);
  response.text = text;
}

void fill_page(message::Response& response, std::string_view type, std::string page) {
  response.head.fields.add(FieldId::kContentType, type);
  response.owned_text = std::move(page);
  response.text = response.owned_text;
}

/// Whether the request may not go on, which is then answered.
bool refuse(Verdict verdict, message::Response& response) {
  switch (verdict) {
    case Verdict::kAllowed:
      return false;
    case Verdict::kForeignHost:
      fill(response, 421,
           "This page answers to localhost and to addresses only; set admin.token_file to open it to names.\n");
      return true;
    case Verdict::kNoToken:
      fill(response, 401, "Send the token of admin.token_file as 'Authorization: Bearer TOKEN'.\n");
      response.head.fields.add(FieldId::kWwwAuthenticate, "Bearer realm=\"headgate\"");
      return true;
    case Verdict::kWrongToken:
      fill(response, 401, "This is not the token of admin.token_file.\n");
      response.head.fields.add(FieldId::kWwwAuthenticate, "Bearer realm=\"headgate\", error=\"invalid_token\"");
      return true;
  }
  return true;
}

}  // namespace

net::Task<base::Result<void>> AdminOrigin::respond(origin::Call& call, message::Response& response) const {
  answer(call.request.head, response);
  if (!response.head.fields.has(FieldId::kCacheControl)) response.head.fields.add(FieldId::kCacheControl, "no-store");
  response.head.fields.add("X-Content-Type-Options", "nosniff", FieldId::kOther);
  co_return base::Result<void>();
}

void AdminOrigin::answer(const wire::http::RequestHead& request, message::Response& response) const {
  const bool is_healthz = request.path == "/healthz";
  const Verdict verdict = judge(access_, request);
  // The page shows nothing by itself, and must be there to ask for the token.
  if (verdict != Verdict::kForeignHost && dashboard::answer(request, response)) return;
  if (!is_healthz && refuse(verdict, response)) return;
  const bool is_known = is_healthz || request.path == "/" || request.path == "/metrics" || request.path == "/status";
  if (!is_known) return fill(response, 404, "There is no such page; / says what there is.\n");
  if (request.method != Method::kGet && request.method != Method::kHead) {
    fill(response, 405, "These pages are for GET and HEAD.\n");
    response.head.fields.add(FieldId::kAllow, "GET, HEAD");
    return;
  }
  if (is_healthz) return answer_healthz(response);
  if (request.path == "/metrics") return fill_page(response, metrics::kContentType, metrics::expose(view_()));
  if (request.path == "/status") return fill_page(response, "application/json", status_json(view_()));
  fill(response, 200, kIndex);
}

void AdminOrigin::answer_healthz(message::Response& response) const {
  const View view = view_();
  const bool is_listening = std::any_of(view.listeners.begin(), view.listeners.end(),
                                        [](const ListenerView& listener) { return !listener.binds.empty(); });
  if (view.draining) return fill(response, 503, "draining\n");
  if (!is_listening) return fill(response, 503, "no listener is open\n");
  fill(response, 200, "ok\n");
}

}  // namespace headgate::proxy::admin
