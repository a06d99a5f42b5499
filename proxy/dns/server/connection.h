#pragma once
#include <cstddef>
#include <cstdint>

#include "base/intrusive_list.h"
#include "base/ip_address.h"
#include "base/local_ptr.h"
#include "net/socket.h"
#include "net/task.h"
#include "proxy/dns/server/service.h"
#include "proxy/listener/connection_ending.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/connection_row.h"

namespace headgate::proxy::dns::server {

/// One asker's connection: messages behind their lengths (RFC 1035 section 4.2.2), answered in the order of coming, as
/// many as have come at once (RFC 7766 section 6.2.1.1). It holds no buffer while it waits for a query, and while the
/// asker takes no answers nothing more is read.
class Connection : public base::ListHook {
 public:
  /// A length over this is no query's: whatever it is, it is not read.
  static constexpr std::size_t kQuestionBytesMax = 4096 - 2;

  /// Serves a connection to its end; takes over the descriptor. The connection has been counted in
  /// ListenerShare::connections_open (and clients) by the accepting side, and is uncounted here.
  static net::Task<void> serve(Service& service, base::LocalPtr<Door> door, int fd, base::IpAddress peer);

  /// For admin: what it is.
  message::ConnectionRow row() const;
  bool matches(const message::ConnectionQuery& query) const;
  /// If its listener drains, closes in kDrainIdle, when what was on its way has come and is answered.
  void leave_if_draining();
  static constexpr base::Duration kDrainIdle = std::chrono::seconds(1);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 private:
  using Ending = listener::ConnectionEnding;
  /// What answer_queries() has come to.
  enum class Taken : std::uint8_t {
    kAll,   ///< every whole message
    kSome,  ///< what there was room for
    kBad,   ///< up to one that is none
  };

  Connection(Service& service, base::LocalPtr<Door> door, int fd, base::IpAddress peer);
  net::Task<Ending> run();
  /// Everything that has come whole.
  net::Task<Ending> answer_all();
  Taken answer_queries();
  /// False: there is no room for the answer, which is to be made again when there is.
  bool answer_one(std::string_view question);
  net::Task<Ending> send_answers();
  base::Time read_deadline() const;
  const config::ListenerTimeouts& timeouts() const { return door_->listener->settings->timeouts; }
  listener::ListenerCounters& counters() { return door_->listener->share->counters.of(service_.worker()); }

  Service& service_;
  base::LocalPtr<Door> door_;
  net::Socket client_;
  const base::IpAddress peer_;
  const bool counted_client_;
  Ending ending_ = Ending::kCut;  // unless it comes to another
  const base::Time accepted_;
  base::Time last_answer_;
  net::Timer leaving_;
  base::Time partial_since_;  // when the rest of what has come in part was first waited for
  message::Phase phase_ = message::Phase::kIdle;
  net::Buffer in_;  // what has come; none while there is nothing
  std::size_t in_bytes_ = 0;
  net::Buffer out_;  // answers that are to go; none while there are none
  std::size_t out_bytes_ = 0;
  std::uint32_t queries_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace headgate::proxy::dns::server
