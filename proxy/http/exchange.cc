#include "proxy/http/exchange.h"

#include <algorithm>

#include "net/tls/facts.h"
#include "proxy/compression/compress.h"
#include "proxy/http/forwarding.h"
#include "proxy/http/reception/grpc_call.h"
#include "proxy/http/reception/steps.h"
#include "wire/http/status.h"

namespace headgate::proxy::http {
namespace {

using wire::http::FieldId;

/// Whom the client has shown itself to be; false if it has not.
bool note_tls_client(const net::tls::Facts& tls, route::TlsClient& out) {
  if (!tls.peer_verified()) return false;
  const net::tls::PeerCertificate& certificate = *tls.peer_certificate();
  out = {certificate.subject, certificate.fingerprint};
  return true;
}

}  // namespace

void Exchange::begin(const listener::ListenerState& listener, const base::IpAddress& peer, std::string_view protocol) {
  listener_ = &listener;
  peer_ = peer;
  site_ = service_.site();
  request_.where.ask_at(site_->desk());
  trusted_ = noted_ = false;
  record_ = message::Record{};
  record_.protocol = protocol;
  record_.start = service_.loop().now();
  record_.arrived = service_.date().wall_time(record_.start);
  listener.share->counters.of(service_.worker()).requests.add();
}

bool Exchange::try_run(ClientSide& client) {
  trusted_ = reception::note_sender(request_, peer_, *listener_);
  if (site_->claims() != nullptr) [[unlikely]]
    note_claims();
  answered_ = try_answer(client);
  return answered_ && try_deliver(client);
}

bool Exchange::try_answer(ClientSide& client) {
  const bool turned_away = may_turn_away() && is_turned_away();
  if (!turned_away) choose_route();
  if (!turned_away && route_ == nullptr) answer(404, facts_of(Ending::kNoRoute).sentence);
  if (route_ == nullptr || answers_itself() || !is_admitted()) return true;
  if (route_->sends_home && is_sent_home()) return true;
  if (!route_->cache) return false;
  visit_cache(client);
  if (!visit_->try_answer(response_)) return false;
  visit_->sign(response_);
  prepare_response();
  return true;
}

net::Task<bool> Exchange::run_rest(ClientSide& client) {
  if (answered_) {
    co_await deliver_rest(client);
    co_return delivered_;
  }
  identify();
  if (visit_ && visit_->is_for_disk()) {
    client.cancel_when_gone(true);
    const bool is_answered = co_await visit_->answer_from_disk(response_);
    client.cancel_when_gone(false);
    if (is_answered) {
      visit_->sign(response_);
      prepare_response();
      if (!try_deliver(client)) co_await deliver_rest(client);
      co_return delivered_;
    }
  }
  if (visit_ && !trusted_) drop_claims_of_proxies(request_.head.fields);
  add_forwarding_fields(request_, peer_, trusted_, record_.protocol, arena_);
  if (route_->compression) wanted_coding_ = route_->compression->rules.coding_for(request_.head.fields);
  prepare_request();
  const base::Duration total = route_->timeouts.total;
  const base::Time deadline = std::min(total > base::Duration::zero() ? record_.start + total : base::kNever,
                                       reception::call_deadline_of(request_, record_.start));
  call_.emplace(origin::Call{service_.loop(), arena_, request_, record_, client, *site_, route_->timeouts, deadline});
  call_->background = &service_.fetches();
  base::Result<void> answered;
  if (visit_) {
    answered = co_await visit_->respond(*call_, response_);
  } else {
    answered = co_await route_->origin->respond(*call_, response_);
  }
  client.cancel_when_gone(false);
  if (!answered) {
    answer_error(answered.error());
    if (response_.head.status == 0) co_return false;
  } else {
    record_.response_head = record_.response_head == base::Time{} ? service_.loop().now() : record_.response_head;
  }
  if (visit_) visit_->sign(response_);
  prepare_response();
  if (!response_.sticky_cookie.empty()) [[unlikely]]
    response_.head.fields.add(FieldId::kSetCookie, response_.sticky_cookie);
  if (route_->compression && !(visit_ && visit_->is_settled())) compress();
  if (!try_deliver(client)) co_await deliver_rest(client);
  co_return delivered_;
}

void Exchange::identify() {
  if (!request_.id.empty()) return;
  request_.id =
      request_id_of(request_.head.fields, trusted_, service_.random().next(), service_.random().next(), arena_);
}

net::Task<bool> Exchange::refuse(ClientSide& client, std::uint16_t status, std::string_view why) {
  listener_->share->counters.of(service_.worker()).refused_requests.add();
  request_.client = peer_;
  Ending ending = Ending::kRequestMalformed;
  if (status == 408) ending = Ending::kRequestTimeout;
  if (status == 413 || status == 414 || status == 431) ending = Ending::kRequestTooLarge;
  if (status == 501 || status == 505 || status == 417) ending = Ending::kNotImplemented;
  if (status == 421) ending = Ending::kMisdirected;
  record_.ending = facts_of(ending).name;
  answer(status, why);
  record_.detail = arena_.copy(why);
  if (!try_deliver(client)) co_await deliver_rest(client);
  co_return delivered_;
}

void Exchange::abandon(Ending why) {
  if (!noted_) note_end(facts_of(why).name, facts_of(why).sentence);
}

void Exchange::note_refused(std::string_view why) {
  listener_->share->counters.of(service_.worker()).refused_requests.add();
  request_.client = peer_;
  note_end(facts_of(Ending::kRequestMalformed).name, why);
}

bool Exchange::may_turn_away() const {
  return request_.tls != nullptr || listener_->settings->redirect_port != 0;
}

bool Exchange::is_turned_away() {
  if (request_.tls != nullptr) {
    if (!reception::is_misdirected(request_)) return false;
    listener_->share->counters.of(service_.worker()).refused_requests.add();
    record_.ending = facts_of(Ending::kMisdirected).name;
    record_.detail = "the host is not the one of the TLS handshake, and has another certificate";
    answer(421, record_.detail);
    return true;
  }
  const std::string_view place = reception::https_place_of(request_, *listener_->settings, arena_);
  if (place.empty()) return false;
  if (request_.head.host.empty()) {
    answer(400, "the request names no host that it could be sent on to");
    return true;
  }
  answer(308, place);
  response_.head.fields.add(FieldId::kLocation, place);
  return true;
}

void Exchange::choose_route() {
  route::TlsClient shown;
  const bool has_shown = request_.tls != nullptr && note_tls_client(*request_.tls, shown);
  const std::uint32_t index = site_->site().matcher.find(
      {request_.head, request_.client, listener_->index, has_shown ? &shown : nullptr, &request_.where});
  if (index == route::kNoRoute) {
    listener_->share->counters.of(service_.worker()).unrouted_requests.add();
    record_.ending = facts_of(Ending::kNoRoute).name;
    return;
  }
  route_ = &site_->site().routes[index];
  record_.route = route_->name;
}

bool Exchange::is_within_rate() {
  const std::uint64_t key = route_->limiter->key_of(request_.client, request_.head.fields);
  const route::RateVerdict verdict = route_->limiter->admit(key, record_.start);
  if (verdict.allowed) return true;
  route_->counters->of(service_.worker()).rate_limited.add();
  record_.ending = facts_of(Ending::kRateLimited).name;
  answer(429, facts_of(Ending::kRateLimited).sentence);
  const std::int64_t seconds = route::retry_after_seconds(verdict.retry_after);
  response_.head.fields.add(FieldId::kRetryAfter, reception::decimal(static_cast<std::uint64_t>(seconds), arena_));
  return false;
}

bool Exchange::answers_itself() {
  const reception::OwnAnswer own = reception::own_answer_to(request_.head, arena_);
  if (own.status == 0) return false;
  answer(own.status, own.sentence);
  response_.head.fields.add(FieldId::kAllow, reception::kOwnAllow);
  return true;
}

route::Variables Exchange::variables(std::uint32_t uses) {
  return reception::variables_of(request_, record_.route, listener_->settings->name, record_.backend, uses, arena_);
}

void Exchange::apply_request_rules() {
  const route::Variables values = variables(route_->request_rules.uses());
  route_->request_rules.apply(request_.head.fields, values, arena_);
  reception::settle_authority(request_);
}

void Exchange::apply_response_rules() {
  identify();
  const route::Variables values = variables(route_->response_rules.uses());
  route_->response_rules.apply(response_.head.fields, values, arena_);
}

void Exchange::visit_cache(const ClientSide& client) {
  const RouteCompression* const compression = route_->compression.get();
  const bool may_be_written =
      client.takes_written_heads() && route_->response_rules.empty() && site_->claims() == nullptr;
  visit_.emplace(
      cache::stage::Surroundings{
          .loop = service_.loop(),
          .worker = service_.worker(),
          .cache = *route_->cache,
          .origin = *route_->origin,
          .pools = *site_,
          .timeouts = route_->timeouts,
          .compression = compression == nullptr ? nullptr : &compression->rules,
          .compression_counters = compression == nullptr ? nullptr : &compression->counters->of(service_.worker()),
          .workshop = service_.workshop(),
          .fetches = service_.fetches()},
      request_, may_be_written ? cache::stage::Heads::kWritten : cache::stage::Heads::kFields, record_, arena_);
}

void Exchange::compress() {
  const RouteCompression& route = *route_->compression;
  compression::Counters& counters = route.counters->of(service_.worker());
  compression::compress({route.rules, wanted_coding_, service_.workshop(), counters, arena_, record_}, request_,
                        response_);
}

void Exchange::answer(std::uint16_t status, std::string_view detail) {
  identify();
  response_.clear();
  response_.head.status = status;
  const std::string_view phrase = wire::http::reason_phrase(status);
  response_.text = arena_.concat(
      {reception::decimal(status, arena_), " ", phrase, "\n", detail, "\nrequest id: ", request_.id, "\n"});
  response_.head.fields.add(FieldId::kContentType, "text/plain; charset=utf-8");
  response_.head.fields.add(FieldId::kXRequestId, request_.id);
  if (reception::is_grpc_call(request_)) [[unlikely]]
    answer_as_grpc(status, detail);
}

/// Where the caller's own deadline has passed that is what the call came to, whatever was waited for.
void Exchange::answer_as_grpc(std::uint16_t status, std::string_view detail) {
  const bool is_late = status >= 500 && service_.loop().now() >= reception::deadline_of_grpc(request_, record_.start);
  const wire::grpc::Status code = is_late ? wire::grpc::Status::kDeadlineExceeded : wire::grpc::status_of_http(status);
  reception::answer_as_grpc(response_, code, detail, arena_);
}

void Exchange::answer_error(const base::Error& error) {
  const Verdict verdict = verdict_on(error);
  record_.ending = facts_of(verdict.ending).name;
  record_.detail = arena_.copy(error.message);
  if (verdict.status == 0) {
    response_.clear();
    response_.head.status = 0;
    note_end(record_.ending, record_.detail);
    return;
  }
  // The client learns what failed, not which machine: names of backends stay in the log.
  answer(verdict.status, facts_of(verdict.ending).sentence);
  if (verdict.status != 503) return;
  const std::uint64_t seconds = std::max<std::uint16_t>(record_.retry_after_s, 1);
  response_.head.fields.add(FieldId::kRetryAfter, reception::decimal(seconds, arena_));
}

void Exchange::add_date() {
  // RFC 9110 section 6.6.1: who forwards an answer without Date adds one. What is stored has it.
  if (response_.written_head.empty() && !response_.head.fields.has(FieldId::kDate)) {
    response_.head.fields.add(FieldId::kDate, arena_.copy(service_.date().text(service_.loop().now())));
  }
}

/// Sends what can be sent at once; false if the rest must wait.
bool Exchange::try_deliver(ClientSide& client) {
  add_date();
  const base::Result<ClientSide::Sent> sent = client.try_send(response_, record_);
  if (sent && *sent == ClientSide::Sent::kMustWait) return false;
  finish(sent ? nullptr : &sent.error());
  return true;
}

net::Task<void> Exchange::deliver_rest(ClientSide& client) {
  record_.phase = response_.tunnel ? message::Phase::kTunnel : message::Phase::kAnswer;
  const base::Result<void> sent = co_await client.send_rest(response_, record_);
  finish(sent ? nullptr : &sent.error());
}

void Exchange::finish(const base::Error* error) {
  delivered_ = error == nullptr;
  if (delivered_) {
    note_end(record_.ending, record_.detail);
  } else {
    const bool was_idle = record_.phase == message::Phase::kTunnel && error->kind == base::ErrorKind::kTimeout;
    const Ending ending = was_idle ? Ending::kTunnelIdle : ending_of_cut(*error);
    note_end(facts_of(ending).name, arena_.copy(error->message));
  }
}

void Exchange::note_end(std::string_view ending, std::string_view detail) {
  noted_ = true;
  record_.ending = ending;
  record_.detail = detail;
  record_.end = base::now();
  if (route_ != nullptr) {
    RouteCounters& counters = route_->counters->of(service_.worker());
    counters.requests.add();
    counters.responses[record_.status / 100].add();
    counters.request_body_bytes.add(record_.request_body_bytes);
    counters.response_body_bytes.add(record_.response_body_bytes);
    counters.duration.record(record_.end - record_.start);
    if (ending == facts_of(Ending::kClientGone).name) counters.client_gone.add();
    if (visit_) visit_->note_end(record_.response_body_bytes);
  }
  if (service_.observer() == nullptr || !service_.observer()->wants()) return;
  if (route_ != nullptr) identify();
  service_.observer()->ended(*listener_, request_, response_, record_);
}

void Exchange::clear() {
  response_.clear();
  call_.reset();
  visit_.reset();
  request_.clear();
  arena_.reset();
  site_.reset();
  route_ = nullptr;
  listener_ = nullptr;
}

}  // namespace headgate::proxy::http
