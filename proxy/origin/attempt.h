#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "net/buffer_pool.h"
#include "net/frame_pool.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/message/http1_body.h"
#include "proxy/message/message.h"
#include "proxy/origin/origin.h"
#include "proxy/origin/upload.h"

namespace headgate::proxy::origin {

/// Why an attempt failed, as far as a retry cares.
enum class Failure : std::uint8_t {
  kNone,
  kConnect,  ///< no connection: the backend has seen nothing
  kCut,      ///< closed or reset before a byte of the answer
  kGarbage,  ///< an answer that is not HTTP, or cut off in its head
  kTimeout,  ///< no answer in time
  kClient,   ///< the client's request broke off; there is nobody to retry for
};

/// One try of one request on one backend over HTTP/1.1: the connection, the head, the upload, the head of the answer.
/// Then it is the source of the answer's body, and gives the connection back when the body has ended well; destroyed
/// earlier, it closes the connection, which tells the backend that nobody waits. A retry is another Attempt.
class Attempt final : public message::BodySource {
 public:
  Attempt(Call& call, balance::Lease lease, std::size_t worker);
  ~Attempt() override;

  // One for each request, and of a size that malloc does not keep at hand: its memory comes from where frames have
  // theirs.
  static void* operator new(std::size_t bytes) { return net::FramePool::take(bytes); }
  static void operator delete(void* attempt, std::size_t bytes) { net::FramePool::give_back(attempt, bytes); }

  /// Up to the head of the answer, which is put into `response`; its views live as long as this attempt. 1xx answers go
  /// to the client on the way. Of the response's body only body_length, stated_length and (101) tunnel are set.
  /// `fresh`: on a new connection, since an idle one has just turned out dead.
  net::Task<base::Result<void>> run(message::Response& response, base::Duration connect_timeout, bool fresh);

  Failure failure() const { return failure_; }
  /// It failed on a kept connection that the backend had closed meanwhile.
  bool found_stale_connection() const { return failure_ == Failure::kCut && reused_; }
  /// Nothing of the request's body has been taken from its source.
  bool body_untouched() const { return !body_touched_; }
  balance::Backend& backend() const { return lease_.backend(); }

  std::string_view take_ready() override;
  bool at_end() const override { return body_.at_end(); }
  net::Task<base::Result<void>> wait() override;
  Raw raw() override;
  void raw_taken(std::uint64_t bytes) override;
  base::Error raw_failed(base::Error why) override;
  const wire::http::Fields* trailers() const override { return body_.trailers(); }

 private:
  enum class Parsed : std::uint8_t { kNeedsMore, kInterim, kFinal };

  net::Task<base::Result<void>> open_connection(base::Duration connect_timeout);
  /// Sends the head as far as that goes without waiting; how much of it is left.
  base::Result<std::string_view> try_send_head();
  net::Task<base::Result<void>> send_rest_of_head(std::string_view rest);
  void start_upload();
  base::Time answer_deadline() const;
  /// After the deadline: whether there is still reason to wait, because the upload moved it.
  bool may_wait_longer(base::Time waited_from) const;
  base::Result<Parsed> parse_head(message::Response& response);
  net::Task<base::Result<void>> forward_interim(message::Response& response);
  base::Result<void> take_bytes();
  bool came_unasked() const;
  base::Result<void> accept_head(message::Response& response);
  base::Error failed(Failure failure, base::ErrorKind kind, std::string_view what);
  base::Error failed_read(const net::IoResult& result);
  void note_head(const message::Response& response);
  /// After the last byte of the answer: the connection goes back to the idle ones, or is closed.
  void finish();
  std::string_view unread() const { return {buffer_.data() + parsed_, filled_ - parsed_}; }

  Call& call_;
  balance::Lease lease_;
  balance::BackendCounters& counters_;
  std::unique_ptr<balance::Connection> connection_;
  net::Buffer buffer_;  // the request's head first, then the answer's
  std::size_t filled_ = 0;
  std::size_t parsed_ = 0;
  std::size_t scanned_ = 0;
  message::Http1Body body_;
  std::optional<Upload> upload_;
  wire::http1::Hop hop_;
  base::Time sent_;
  std::uint64_t sent_turn_ = 0;  // the loop's
  Failure failure_ = Failure::kNone;
  bool reused_ = false;
  bool body_touched_ = false;
  std::uint8_t interims_ = 0;
};

}  // namespace headgate::proxy::origin
