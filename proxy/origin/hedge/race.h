#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "net/frame_pool.h"
#include "net/waiting.h"
#include "proxy/origin/attempt.h"
#include "proxy/origin/hedge/second_call.h"

namespace headgate::proxy::origin::hedge {

/// Whether a request may be asked of two backends at once: its method is one of `settings`, it has no body, asks for no
/// tunnel, and no backend has its session.
bool may_be_hedged(const message::Request& request, const balance::Wish& wish, const config::Hedge& settings);
/// The method's part of it: safe, so that nothing is done twice; or idempotent, where the application takes it that of
/// two DELETEs one may be told 404 for what the other deleted.
bool is_hedged(wire::http::Method method, const config::Hedge& settings);

/// One request that is asked of a second backend as well when the first has not answered after a while. The first
/// answer's head decides; what the other backend was asked is taken back (over HTTP/2 its stream is reset, over
/// HTTP/1.1 its connection closed), which says nothing of its health.
///
///     first ----+----------------------> its answer
///               after a while: second -> its answer, if that is sooner
///
/// It then is the source of the answer's body.
class Race final : public message::BodySource {
 public:
  static void* operator new(std::size_t bytes) { return net::FramePool::take(bytes); }
  static void operator delete(void* race, std::size_t bytes) { net::FramePool::give_back(race, bytes); }

  /// How an attempt for the pool is made.
  using MakeAttempt = std::unique_ptr<Attempt> (*)(config::BackendProtocol protocol, Call& call, balance::Lease lease,
                                                   std::size_t worker);
  /// Whether an answer with this status ends it.
  using IsAnswer = bool (*)(const config::RetryOn& on, std::uint16_t status);

  /// `lease` is of the backend to ask first.
  Race(Call& call, balance::WorkerPool& pool, balance::Lease lease, MakeAttempt make_attempt, IsAnswer is_answer);
  ~Race() override;

  /// As Attempt::run(); what comes out is the decisive attempt's.
  net::Task<base::Result<void>> run(message::Response& response, balance::Wish wish, base::Duration connect_timeout);

  /// Whose outcome it was.
  const Attempt& decisive() const { return *winner().attempt; }
  const balance::Backend* backend() const { return winner().backend; }
  std::uint64_t identity() const { return winner().identity; }

  std::string_view take_ready() override { return winner().attempt->take_ready(); }
  bool at_end() const override { return winner().attempt->at_end(); }
  net::Task<base::Result<void>> wait() override { return winner().attempt->wait(); }
  Raw raw() override { return winner().attempt->raw(); }
  void raw_taken(std::uint64_t bytes) override { winner().attempt->raw_taken(bytes); }
  base::Error raw_failed(base::Error why) override { return winner().attempt->raw_failed(std::move(why)); }
  const wire::http::Fields* trailers() const override { return winner().attempt->trailers(); }

 private:
  struct Runner {
    std::unique_ptr<Attempt> attempt;
    const balance::Backend* backend = nullptr;
    std::uint64_t identity = 0;
    std::optional<base::Result<void>> outcome;  // there is none while it runs
    std::uint16_t status = 0;                   // of its answer
    net::Task<void> task;

    bool is_running() const { return attempt != nullptr && !outcome; }
    void cancel() {
      task.cancel();
      attempt.reset();
    }
  };

  const Runner& winner() const { return second_won_ ? second_ : first_; }
  Runner& winner() { return second_won_ ? second_ : first_; }
  void begin(Runner& runner, Call& call, balance::Lease lease, message::Response& response,
             base::Duration connect_timeout);
  net::Task<void> drive(Runner& runner, message::Response& response, base::Duration connect_timeout);
  base::Time patience();
  void ask_second(balance::Wish wish, base::Duration connect_timeout);
  bool has_answered(const Runner& runner) const;
  bool is_decided() const;
  void settle(message::Response& response);

  Call& call_;
  balance::WorkerPool& pool_;
  const config::BackendProtocol protocol_;
  const config::RetryOn retry_on_;
  const MakeAttempt make_attempt_;
  const IsAnswer is_answer_;
  balance::Lease first_lease_;
  const base::Time began_;
  net::Gate changed_;
  std::optional<SecondCall> second_call_;  // before what refers to it
  Runner first_;
  Runner second_;
  bool second_won_ = false;
};

}  // namespace headgate::proxy::origin::hedge
