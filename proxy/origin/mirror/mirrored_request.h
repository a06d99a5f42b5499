#pragma once
#include <memory>
#include <string>

#include "base/arena.h"
#include "base/local_ptr.h"
#include "proxy/origin/mirror/counters.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::origin::mirror {

/// A copy of a request on its way to another origin. Has all that it needs itself and is a task of its worker, which
/// begins when the others had their turn; the answer is read to its end, up to kAnswerBytesMax, and dropped.
class MirroredRequest final : private ClientLink {
 public:
  static constexpr std::uint64_t kAnswerBytesMax = 1024 * 1024;
  /// For all of it, where the route has no `timeouts.total`.
  static constexpr base::Duration kLongest = std::chrono::minutes(1);

  /// Copies the head. `counters` are the worker's; `origin` lives as long as `call.pools`.
  MirroredRequest(const Call& call, std::shared_ptr<const Origin> origin, Counters& counters);
  ~MirroredRequest() override;

  /// The body, once all of it is known.
  void set_body(std::string bytes);
  static net::Task<void> send(std::unique_ptr<MirroredRequest> self);

 private:
  net::Task<base::Result<void>> send_interim(const wire::http::ResponseHead&) override;
  void cancel_when_gone(bool) override {}
  ClientEnds ends() const override { return ends_; }

  net::Loop& loop_;
  base::LocalPtr<PoolDirectory> pools_;
  std::shared_ptr<const Origin> origin_;
  Counters& counters_;
  base::Arena arena_;
  message::Request request_;
  message::Record record_;
  config::RouteTimeouts timeouts_;
  std::string asked_for_;
  ClientEnds ends_;
  std::unique_ptr<message::BodySource> body_;
  std::optional<Call> call_;
  message::Response response_;
};

}  // namespace headgate::proxy::origin::mirror
