#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "net/buffer_pool.h"
#include "net/cancel.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/http/client_connection.h"
#include "proxy/http/service.h"
#include "wire/http2/session.h"

namespace headgate::proxy::http::http2 {

class Client;

/// A client's connection that speaks HTTP/2: reads, has the session make streams of it, runs an exchange on each, and
/// sends what all of them have to say in one call to the kernel a turn. Between requests it holds no buffer.
class Connection final : public wire::http2::SessionEvents, private LeaveWatch {
 public:
  explicit Connection(ClientConnection& client);
  ~Connection() override;

  /// Until its end. What of the preface has been read is unread on the client's connection.
  net::Task<void> run();

  ClientConnection& client() { return client_; }
  wire::http2::Session& session() { return session_; }

  /// Puts what the session has to say into the outbox, as far as there is room; it goes out at the end of the turn.
  void collect();
  /// There is something to say.
  void flush_soon() { client_.loop().wake_soon(flush_hook_); }

  /// Bytes of `client` that are longer than what is copied went into the outbox.
  void note_referred(Client& client);
  /// Those bytes are about to go away: what is left of them in the outbox is copied.
  void keep_referred();

  /// Its head is complete: it is served once what was read has been looked through.
  void began(Client& client);

 private:
  wire::http2::Stream* open_stream() override;
  void ping_answered() override;
  void leave_now() override;

  net::Task<net::WaitStatus> wait_readable(base::Time deadline);
  net::Task<void> serve_stream(std::unique_ptr<Client> stream);
  net::Task<void> write_rest();
  void read();
  void receive(std::string_view bytes);
  void start_streams();
  void count_flood();
  void end_unheard(std::unique_ptr<Client> stream);
  void end_refused_head();
  void end_of(Client& client);
  void flush();
  bool write_outbox();
  void lose(wire::http2::ErrorCode why);
  bool is_finished() const;
  base::Time deadline() const;
  void act_on_time();

  /// How long a client may take to answer the first word of a leave: later it has missed it, and loses at most requests
  /// that it may safely send again.
  static constexpr base::Duration kLeaveNotice = std::chrono::seconds(1);

  ClientConnection& client_;
  wire::http2::Session session_;
  wire::http2::Outbox outbox_;
  net::Buffer outbox_memory_;
  net::ReadyHook flush_hook_;
  net::Canceller wake_;
  net::TurnShare share_;
  net::Gate all_ended_;
  std::vector<Client*> referred_;
  std::vector<Client*> running_;
  std::unique_ptr<Client> arriving_;  // whose head is not complete
  std::vector<std::unique_ptr<Client>> ready_;
  base::Time quiet_since_;
  base::Time head_since_{};
  std::uint64_t head_seen_ = 0;
  base::Time leave_at_{};
  bool served_any_ = false;
  bool is_blocked_ = false;  // the kernel takes no more for now
  bool is_lost_ = false;
  bool is_leaving_ = false;
  bool has_left_ = false;
  bool counted_flood_ = false;
  net::Task<void> writer_;
  net::TaskScope streams_;  // goes first: its exchanges use all of the above
};

/// Serves a connection whose client speaks HTTP/2, to its end.
net::Task<void> serve(ClientConnection& client);

}  // namespace headgate::proxy::http::http2
