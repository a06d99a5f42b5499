#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "net/buffer_pool.h"
#include "net/frame_pool.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/origin/attempt.h"
#include "wire/http/messages.h"
#include "wire/http2/stream.h"

namespace headgate::proxy::origin::http2 {

class BackendConnection;

/// One request on a connection that it shares with others: what has come of its answer and was not taken yet, and what
/// of the request is still to be sent. The connection fills and empties it; nothing of an exchange runs within that,
/// but its gates open. Destroyed before its end, it is reset (CANCEL), and the connection goes on.
class RequestStream final : public wire::http2::Stream {
 public:
  /// Interim answers that are held for who takes them; one more than may be passed on, so that too many are noticed.
  /// What comes beyond is dropped, since a head of a few bytes may unpack to 64 KiB.
  static constexpr std::uint8_t kInterimsMax = Attempt::kInterimsMax + 1;

  static void* operator new(std::size_t bytes) { return net::FramePool::take(bytes); }
  static void operator delete(void* stream, std::size_t bytes) { net::FramePool::give_back(stream, bytes); }

  /// The answer's head is put into `head`, its texts into `arena`.
  RequestStream(BackendConnection& connection, net::Loop& loop, base::Arena& arena, wire::http::ResponseHead& head);
  ~RequestStream() override;

  // The answer.

  /// Until something of it has come, or the connection has got on, or cut() was called: true. False at the deadline.
  net::Gate::Waiter change(base::Time deadline) { return change_.wait(deadline); }
  void connection_changed() { change_.open(); }
  /// Resets the stream, and wakes who waits for a change.
  void cut();
  /// The stream is over both ways and the connection not needed any more, which may go before this.
  void detach();

  /// The next interim answer that nobody has taken, oldest first.
  bool take_interim(wire::http::ResponseHead& out);
  bool has_head() const { return has_head_; }
  /// Of the head, or of a head that ended() before one came.
  const wire::http2::HeadFacts& facts() const { return facts_; }

  /// Bytes of the body, each once. They stay where they are until make_room().
  std::string_view take_ready();
  /// Every byte was taken and the message is complete.
  bool at_end() const { return complete_ && inbox_begin_ == inbox_end_; }
  bool has_bytes() const { return inbox_begin_ != inbox_end_; }
  /// What was taken is not needed any more: the backend may send as much again.
  void make_room();
  const wire::http::Fields* trailers() const { return &trailers_; }
  std::uint64_t bytes_received() const { return bytes_received_; }

  /// The stream ended before its answer was complete.
  struct End {
    wire::http2::ErrorCode code = wire::http2::ErrorCode::kNoError;
    bool by_peer = false;  ///< RST_STREAM from the backend; otherwise the whole connection
  };
  const std::optional<End>& broken() const { return broken_; }

  // The request's body.

  /// Sends the next bytes, which stay where they are until then; `stall` bounds each wait for the backend to take some.
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall);
  /// Nothing comes after what write() is given, or was given, but `trailers`, which stay where they are; null: none.
  void send_end(const wire::http::Fields* trailers);
  /// What the outbox took of this stream has gone out.
  void flushed();

 private:
  Place place() override;
  void head_came(const wire::http2::HeadFacts& facts) override;
  void body_came(std::string_view bytes) override;
  void body_ended() override;
  void closed(wire::http2::ErrorCode why, bool by_peer) override;
  Outgoing next_piece(std::size_t max) override;
  bool all_sent() const { return outgoing_.empty() && !in_outbox_; }
  const wire::http::Fields* outgoing_trailers() override { return outgoing_trailers_; }

  BackendConnection* connection_;
  net::Loop& loop_;
  base::Arena& arena_;
  wire::http::ResponseHead& head_;
  wire::http2::HeadFacts facts_;
  std::vector<wire::http::ResponseHead> interims_;
  std::uint8_t interims_came_ = 0;
  std::unique_ptr<base::Arena> dropped_;  // the texts of the head that is being dropped
  wire::http::Fields trailers_;
  bool has_head_ = false;
  bool complete_ = false;
  std::optional<End> broken_;

  net::Buffer inbox_;  // what came and was not taken
  std::size_t inbox_begin_ = 0;
  std::size_t inbox_end_ = 0;
  net::Buffer taken_;  // what was taken last
  std::size_t taken_bytes_ = 0;
  std::uint64_t bytes_received_ = 0;
  net::Gate change_;

  std::string_view outgoing_;
  bool has_end_ = false;
  bool in_outbox_ = false;
  const wire::http::Fields* outgoing_trailers_ = nullptr;
  net::Gate sent_;
};

}  // namespace headgate::proxy::origin::http2
