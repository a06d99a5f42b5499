#include "proxy/admin/admin_origin.h"

#include <algorithm>

#include "proxy/admin/api/api.h"
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
    "/         in a browser: the dashboard\n"
    "/metrics  counters, gauges and histograms for Prometheus\n"
    "/status   the configuration that runs, listeners, routes, pools and the health of backends, as JSON\n"
    "/api/v1   all of it as JSON, and what changes it; /api/v1/openapi.json describes it\n"
    "/healthz  200 while headgate takes requests, 503 while it does not\n";

/// `text` lives as long as the process.
void fill(message::Response& response, std::uint16_t status, std::string_view text) {
  response.head.status = status;
  response.head.fields.add(FieldId::kContentType, kPlainText);
  response.text = text;
}

void fill_page(message::Response& response, std::uint16_t status, std::string_view type, std::string page) {
  response.head.status = status;
  response.head.fields.add(FieldId::kContentType, type);
  response.owned_text = std::move(page);
  response.text = response.owned_text;
}

/// Whether the request may not go on, which is then answered.
bool refuse(Verdict verdict, message::Response& response) {
  if (verdict == Verdict::kAllowed) return false;
  const Refusal refusal = refusal_of(verdict);
  fill_page(response, refusal.status, kPlainText, std::string(refusal.text) + "\n");
  if (!refusal.challenge.empty()) response.head.fields.add(FieldId::kWwwAuthenticate, refusal.challenge);
  return true;
}

/// For whatever a browser is shown: nothing is kept, guessed, framed or told to others, where a page does not say it
/// for itself.
void add_guards(wire::http::Fields& fields) {
  fields.add("X-Content-Type-Options", "nosniff", FieldId::kOther);
  if (!fields.has(FieldId::kCacheControl)) fields.add(FieldId::kCacheControl, "no-store");
  if (fields.find("Content-Security-Policy") != nullptr) return;
  fields.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", FieldId::kOther);
  fields.add("Cross-Origin-Resource-Policy", "same-origin", FieldId::kOther);
  fields.add("Referrer-Policy", "no-referrer", FieldId::kOther);
}

}  // namespace

net::Task<base::Result<void>> AdminOrigin::respond(origin::Call& call, message::Response& response) const {
  if (api::is_api_path(call.request.head.path)) {
    co_await api::respond(daemon_, access_, call, response);
  } else {
    answer_page(call.request, response);
  }
  add_guards(response.head.fields);
  co_return base::Result<void>();
}

void AdminOrigin::answer_page(const message::Request& request, message::Response& response) const {
  const wire::http::RequestHead& head = request.head;
  const bool is_healthz = head.path == "/healthz";
  // The dashboard shows nothing by itself, and must be there to ask for the token.
  const bool may_have_files = judge(access_, Purpose::kPageFile, head, request.client) == Verdict::kAllowed;
  if (may_have_files && dashboard::answer(head, response)) return;
  if (!is_healthz && refuse(judge(access_, Purpose::kRead, head, request.client), response)) return;
  const bool is_known = is_healthz || head.path == "/" || head.path == "/metrics" || head.path == "/status";
  if (!is_known) return fill(response, 404, "There is no such page; / says what there is.\n");
  if (head.method != Method::kGet && head.method != Method::kHead) {
    fill(response, 405, "These pages are for GET and HEAD.\n");
    response.head.fields.add(FieldId::kAllow, "GET, HEAD");
    return;
  }
  if (is_healthz) return answer_healthz(response);
  if (head.path == "/metrics") {
    return fill_page(response, 200, metrics::kContentType, metrics::expose(daemon_.view()));
  }
  if (head.path == "/status") return fill_page(response, 200, "application/json", status_json(daemon_.view()));
  fill(response, 200, kIndex);
}

void AdminOrigin::answer_healthz(message::Response& response) const {
  const View view = daemon_.view();
  const bool is_listening = std::any_of(view.listeners.begin(), view.listeners.end(),
                                        [](const ListenerView& listener) { return !listener.binds.empty(); });
  if (view.is_draining()) return fill(response, 503, "draining\n");
  if (!is_listening) return fill(response, 503, "no listener is open\n");
  fill(response, 200, "ok\n");
}

}  // namespace headgate::proxy::admin
