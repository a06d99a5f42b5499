#include "proxy/origin/mirror/mirrored_request.h"

#include <utility>

#include "net/waiting.h"
#include "proxy/message/copied_head.h"

namespace headgate::proxy::origin::mirror {
namespace {

/// A body that is at hand.
class WholeBody final : public message::BodySource {
 public:
  explicit WholeBody(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view take_ready() override { return std::exchange(is_taken_, true) ? std::string_view() : bytes_; }
  bool at_end() const override { return is_taken_ || bytes_.empty(); }
  net::Task<base::Result<void>> wait() override { co_return base::Result<void>(); }

 private:
  std::string bytes_;
  bool is_taken_ = false;
};

}  // namespace

MirroredRequest::MirroredRequest(const Call& call, std::shared_ptr<const Origin> origin, Counters& counters)
    : loop_(call.loop),
      pools_(&call.pools),
      origin_(std::move(origin)),
      counters_(counters),
      timeouts_(call.timeouts),
      ends_(call.client.ends()) {
  asked_for_ = ends_.asked_for;
  ends_.asked_for = asked_for_;
  message::copy_head(call.request.head, request_.head, arena_);
  request_.client = call.request.client;
  request_.where = call.request.where;
  request_.secure = call.request.secure;
  request_.id = arena_.copy(call.request.id);
  ++counters_.under_way;
}

MirroredRequest::~MirroredRequest() {
  --counters_.under_way;
}

void MirroredRequest::set_body(std::string bytes) {
  request_.body_length = bytes.size();
  body_ = std::make_unique<WholeBody>(std::move(bytes));
  request_.body = body_.get();
}

net::Task<base::Result<void>> MirroredRequest::send_interim(const wire::http::ResponseHead&) {
  co_return base::Result<void>();
}

net::Task<void> MirroredRequest::send(std::unique_ptr<MirroredRequest> self) {
  co_await net::next_turn(self->loop_);
  self->counters_.sent.add();
  self->record_.start = self->loop_.now();
  const base::Duration total = self->timeouts_.total;
  const base::Time deadline = self->record_.start + (total > base::Duration::zero() ? total : kLongest);
  self->call_.emplace(
      Call{self->loop_, self->arena_, self->request_, self->record_, *self, *self->pools_, self->timeouts_, deadline});
  const base::Result<void> answered = co_await self->origin_->respond(*self->call_, self->response_);
  if (!answered || self->response_.body == nullptr) co_return;
  message::BodySource& body = *self->response_.body;
  std::uint64_t dropped = 0;
  while (dropped < kAnswerBytesMax) {
    const std::size_t bytes = body.take_ready().size();
    dropped += bytes;
    if (bytes != 0) continue;
    if (body.at_end()) break;
    const base::Result<void> waited = co_await body.wait();
    if (!waited) break;
  }
}

}  // namespace headgate::proxy::origin::mirror
