#include "proxy/origin/stickiness.h"

#include "proxy/sticky/request_key.h"
#include "proxy/sticky/table/store.h"

namespace headgate::proxy::origin {
namespace {

using CookieKind = sticky::Shown::Kind;

/// A fetch of the cache has no time of arrival.
std::uint32_t seconds_now(const Call& call) {
  const base::WallTime arrived = call.record.arrived;
  const base::WallTime now = arrived == base::WallTime{} ? base::wall_now() : arrived;
  return static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::seconds(1));
}

}  // namespace

void Stickiness::begin(balance::WorkerPool& pool, Call& call) {
  now_ = seconds_now(call);
  if (sticky::Cookies* const cookies = pool.cookies()) return begin_with_cookie(*cookies, pool, call);
  const std::shared_ptr<sticky::table::Store> store = pool.sessions();  // a copy: settings() may take up a new version
  const auto* const settings = std::get_if<config::StickyTable>(&pool.settings().sticky);
  if (settings == nullptr || store == nullptr) return;
  way_ = Way::kTable;
  key_ = sticky::request_key_of(*settings, call.request.head, call.request.client);
  if (key_) backend_ = store->sessions().find(*key_, now_);
}

void Stickiness::begin_with_cookie(sticky::Cookies& cookies, balance::WorkerPool& pool, Call& call) {
  way_ = Way::kCookie;
  const sticky::Shown shown = cookies.take(call.request.head.fields, call.arena, now_);
  client_ = shown.session.client;
  is_due_ = shown.kind == CookieKind::kOld;
  if (shown.kind == CookieKind::kGood || is_due_) {
    backend_ = shown.session.backend;
  } else if (shown.kind != CookieKind::kNone) {
    pool.counters().unheld.add();
  }
}

std::uint64_t Stickiness::note(balance::WorkerPool& pool, std::uint64_t answered, const Call& call,
                               message::Response& response) const {
  if (backend_ == answered) {
    pool.counters().stayed.add();
  } else if (backend_ != 0) {
    pool.counters().moved.add();
  }
  if (answered == 0) return 0;
  if (way_ == Way::kTable) return remember(pool, answered, response);
  if (backend_ != answered || is_due_) give_cookie(pool, answered, call, response);
  return 0;
}

void Stickiness::give_cookie(balance::WorkerPool& pool, std::uint64_t answered, const Call& call,
                             message::Response& response) const {
  sticky::Cookies* const cookies = pool.cookies();  // a reload may have taken them away
  if (cookies == nullptr) return;
  if (backend_ != answered) pool.begin_session(answered);
  const std::uint64_t client = client_ != 0 ? client_ : sticky::make_client();
  response.sticky_cookie = cookies->write({client, answered, now_}, call.request.secure, call.arena);
}

/// What the request showed belongs to who answered, and so does what the answer sets for the requests to come.
std::uint64_t Stickiness::remember(balance::WorkerPool& pool, std::uint64_t answered,
                                   const message::Response& response) const {
  const std::shared_ptr<sticky::table::Store> store = pool.sessions();
  const auto* const settings = std::get_if<config::StickyTable>(&pool.settings().sticky);
  if (settings == nullptr || store == nullptr) return 0;  // a reload has taken them away
  std::uint64_t unkept = 0;
  std::optional<sticky::table::Key> set;
  if (settings->is_learned) set = sticky::answer_key_of(*settings, response.head.fields);
  if (set) unkept = store->sessions().put(*set, answered, now_);
  const bool is_known = backend_ == answered || (settings->is_learned && set);
  if (key_ && !is_known) unkept = std::max(unkept, store->sessions().put(*key_, answered, now_));
  if (unkept != 0) pool.begin_session(answered);
  return unkept;
}

}  // namespace headgate::proxy::origin
