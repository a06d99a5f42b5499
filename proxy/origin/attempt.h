#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/frame_pool.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/message/message.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::origin {

/// Why an attempt failed, as far as a retry cares.
enum class Failure : std::uint8_t {
  kNone,
  kConnect,  ///< no connection: the backend has seen nothing
  kUnseen,   ///< the backend says that it did not look at the request (RFC 9113 section 8.7)
  kCut,      ///< closed or reset before a byte of the answer
  kGarbage,  ///< an answer that is not HTTP, or cut off in its head
  kTimeout,  ///< no answer in time
  kClient,   ///< the client's request broke off; there is nobody to retry for
};

/// One try of one request on one backend, whichever version of HTTP the backend speaks: up to the head of the answer.
/// Then it is the source of the answer's body, and gives back what it was sent on when the body has ended well;
/// destroyed earlier, it tells the backend that nobody waits. A retry is another Attempt.
class Attempt : public message::BodySource {
 public:
  /// 1xx answers that one exchange may bring; a backend that sends more is misbehaving.
  static constexpr std::uint8_t kInterimsMax = 16;

  // One for each request, and of a size that malloc does not keep at hand: its memory comes from where frames have
  // theirs.
  static void* operator new(std::size_t bytes) { return net::FramePool::take(bytes); }
  static void operator delete(void* attempt, std::size_t bytes) { net::FramePool::give_back(attempt, bytes); }

  /// Up to the head of the answer, which is put into `response`; its views live as long as this attempt. 1xx answers go
  /// to the client on the way. Of the response's body only body_length, stated_length and (101) tunnel are set.
  /// `fresh`: on a new connection, since a kept one has just turned out dead.
  virtual net::Task<base::Result<void>> run(message::Response& response, base::Duration connect_timeout,
                                            bool fresh) = 0;

  /// It is about to be destroyed before it has an answer, since another backend has one: no failure, but how long it
  /// took so far is known of its backend.
  void note_given_up();

  Failure failure() const { return failure_; }
  /// It failed on a kept connection that the backend had closed meanwhile.
  bool found_stale_connection() const { return failure_ == Failure::kCut && was_idle_; }
  /// Nothing of the request's body has been taken from its source.
  bool body_untouched() const { return !body_touched_; }
  balance::Backend& backend() const { return lease_.backend(); }

 protected:
  // What every request goes through stands here, to become one with its callers: it saves 60 instructions a request.
  Attempt(Call& call, balance::Lease lease, std::size_t worker)
      : call_(call), lease_(std::move(lease)), counters_(lease_.backend().counters(worker)) {
    call_.record.backend_chosen = call_.loop.now();
    // Copies: the record outlives the lease, and a reload may take the backend away meanwhile.
    call_.record.backend = call_.arena.copy(lease_.backend().id());
    call_.record.backend_address = call_.arena.copy(lease_.backend().address_text());
  }

  /// The connection stands that the request will go on. `reused`: it carried another one before; `was_idle`: and had
  /// lain idle since, so that its end says nothing against the backend.
  void note_connected(bool reused, bool was_idle) {
    was_idle_ = was_idle;
    call_.record.connected = call_.loop.now();
    call_.record.connection_reused = reused;
  }
  void note_head(wire::http::ResponseHead& head) {
    const std::uint16_t status = head.status;
    call_.record.response_head = call_.loop.now();
    counters_.responses[status / 100].add();
    counters_.response_time.record(call_.record.response_head - call_.record.backend_chosen);
    const bool is_error = status >= 502 && status <= 504;
    lease_.backend().health().report(is_error ? health::BackendHealth::Outcome::kError
                                              : health::BackendHealth::Outcome::kSuccess);
    const balance::Feedback wanted = lease_.wanted_feedback();
    if (wanted.latency || wanted.load || wanted.pace) give_feedback(wanted, is_error, head.fields);
  }
  /// One more interim answer has come; the error says that there were too many.
  base::Result<void> note_interim();
  /// Before the answer's head: counts, tells the backend's health, and says it as the exchange's error.
  base::Error failed(Failure failure, base::ErrorKind kind, std::string_view what);
  /// In the middle of the answer's body.
  base::Error broken_off(base::Error why);

  Call& call_;
  balance::Lease lease_;
  balance::BackendCounters& counters_;
  Failure failure_ = Failure::kNone;
  bool was_idle_ = false;
  bool body_touched_ = false;

 private:
  void give_feedback(balance::Feedback wanted, bool is_error, wire::http::Fields& fields);
  void observe_failure();

  std::uint8_t interims_ = 0;
};

}  // namespace headgate::proxy::origin
