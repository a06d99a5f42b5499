#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/local_ptr.h"
#include "net/task.h"
#include "proxy/cache/stage/visit.h"
#include "proxy/http/client_side.h"
#include "proxy/http/ending.h"
#include "proxy/http/service.h"
#include "proxy/listener/listener_state.h"

namespace headgate::proxy::http {

/// One request and its answer, whichever version of HTTP brought it. Reused: the session takes one from the Service,
/// lets the parser fill `request`, runs it, and gives it back.
class Exchange {
 public:
  explicit Exchange(Service& service) : service_(service) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  base::Arena& arena() { return arena_; }
  message::Request& request() { return request_; }
  const message::Request& request() const { return request_; }
  const message::Record& record() const { return record_; }

  /// Who asks, and by which listener; before run() and refuse(), once the head is there.
  void begin(const listener::ListenerState& listener, const base::IpAddress& peer, std::string_view protocol);

  /// The life of a request, top to bottom: try_run() as far as nothing has to be waited for, and only where it says
  /// false, run_rest(). Then was_delivered() says whether the answer went out whole.
  bool try_run(ClientSide& client);
  net::Task<bool> run_rest(ClientSide& client);
  bool was_delivered() const { return delivered_; }

  /// Answers a request that cannot be understood or is over a limit.
  net::Task<bool> refuse(ClientSide& client, std::uint16_t status, std::string_view why);

  /// The client went away in the middle of it, or spoilt it: only the record is left to be written.
  void abandon(Ending why = Ending::kClientGone);

  /// A request that could not even be answered: it is counted and recorded like one that was refused.
  void note_refused(std::string_view why);

  void clear();

 private:
  void choose_route();
  /// What has no business here: a request for another host than that of the handshake, or one without TLS that is sent
  /// on to TLS. Then the answer is made.
  bool is_turned_away();
  /// Makes the answer to what no origin has to be asked for: false where one has.
  bool try_answer(ClientSide& client);
  /// Gives the request its id, where it is the first that needs it.
  void identify();
  bool may_turn_away() const;
  bool is_admitted() { return !route_->limiter || is_within_rate(); }
  bool is_within_rate();
  void prepare_request() {
    if (!route_->request_rules.empty()) apply_request_rules();
  }
  void apply_request_rules();
  void prepare_response() {
    if (site_->claims() != nullptr) [[unlikely]]
      pin_client();
    if (!route_->response_rules.empty()) apply_response_rules();
  }
  void apply_response_rules();
  void compress();
  void visit_cache(const ClientSide& client);
  void add_date();
  void answer(std::uint16_t status, std::string_view detail);
  void answer_as_grpc(std::uint16_t status, std::string_view detail);
  void answer_error(const base::Error& error);
  void note_claims();
  bool is_sent_home();
  void pin_client();
  /// Requests that a proxy answers itself: TRACE, and OPTIONS with Max-Forwards: 0.
  bool answers_itself();
  route::Variables variables(std::uint32_t uses);
  bool try_deliver(ClientSide& client);
  net::Task<void> deliver_rest(ClientSide& client);
  void finish(const base::Error* error);
  void note_end(std::string_view ending, std::string_view detail);

  Service& service_;
  base::Arena arena_;
  message::Request request_;
  message::Response response_;
  message::Record record_;
  base::LocalPtr<WorkerSite> site_;
  std::optional<origin::Call> call_;          // beyond run(): the answer's body refers to it until clear()
  std::optional<cache::stage::Visit> visit_;  // of a route with a cache; the same
  const RouteEntry* route_ = nullptr;
  const listener::ListenerState* listener_ = nullptr;
  base::IpAddress peer_;
  wire::coding::Coding wanted_coding_ = wire::coding::Coding::kIdentity;  // of a route that compresses
  bool trusted_ = false;                                                  // who sent the request is a proxy of ours
  bool answered_ = false;                                                 // the answer is there, and may be under way
  bool noted_ = true;
  bool delivered_ = false;
};

}  // namespace headgate::proxy::http
