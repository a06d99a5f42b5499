#include "proxy/origin/pools/split_origin.h"

#include <fmt/core.h>

#include "config/values.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/origin/pools/client_hash.h"

namespace headgate::proxy::origin::pools {

SplitOrigin::SplitOrigin(End read, End write, base::Duration pin, std::shared_ptr<WritePins> pins)
    : read_(std::move(read)),
      write_(std::move(write)),
      reader_(read_.name, read_.slot),
      writer_(write_.name, write_.slot),
      pin_(pin),
      pins_(std::move(pins)) {}

net::Task<base::Result<void>> SplitOrigin::respond(Call& call, message::Response& response) const {
  if (!wire::http::is_safe(call.request.head.method)) {
    return pins_ == nullptr ? writer_.respond(call, response) : write(call, response);
  }
  const bool is_pinned = pins_ != nullptr && pins_->is_pinned(client_hash(call.request.client), call.loop.now());
  const bool reads = !is_pinned && call.pools.pool(read_.slot).has_candidates();
  return (reads ? reader_ : writer_).respond(call, response);
}

net::Task<base::Result<void>> SplitOrigin::write(Call& call, message::Response& response) const {
  const std::uint64_t client = client_hash(call.request.client);
  // Before as well: a client that gives up on its answer may have written all the same.
  pins_->pin(client, call.loop.now() + pin_);
  base::Result<void> outcome = co_await writer_.respond(call, response);
  pins_->pin(client, call.loop.now() + pin_);
  co_return outcome;
}

Outlook SplitOrigin::outlook(const message::Request& request, base::Arena&) const {
  Outlook out;
  out.pool = write_.name;
  if (!wire::http::is_safe(request.head.method)) {
    out.why = fmt::format("{} is no safe method and goes to the writer", request.head.method_text);
  } else if (pins_ != nullptr && pins_->is_pinned(client_hash(request.client), base::now())) {
    out.why = fmt::format("the client wrote less than {} ago and reads from the writer", config::duration_text(pin_));
  } else {
    out.pool = read_.name;
    out.otherwise = write_.name;
    out.why = fmt::format("{} is a safe method and goes to the readers", request.head.method_text);
  }
  return out;
}

}  // namespace headgate::proxy::origin::pools
