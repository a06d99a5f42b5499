#include "proxy/origin/mirror/mirroring_origin.h"

#include <fmt/core.h>

#include "proxy/balance/worker_pool.h"
#include "proxy/origin/mirror/copying_body.h"
#include "proxy/origin/pool_origin.h"

namespace headgate::proxy::origin::mirror {

MirroringOrigin::MirroringOrigin(std::shared_ptr<const Origin> inner, const std::string& pool, std::size_t slot,
                                 std::uint32_t share, std::shared_ptr<base::PerWorker<Counters>> counters)
    : inner_(std::move(inner)),
      shadow_(std::make_shared<PoolOrigin>(pool, slot)),
      slot_(slot),
      share_(share),
      text_(fmt::format("{:g}% to pool {}", share / (kAll / 100.0), pool)),
      counters_(std::move(counters)) {}

net::Task<base::Result<void>> MirroringOrigin::respond(Call& call, message::Response& response) const {
  copy(call);
  return inner_->respond(call, response);
}

void MirroringOrigin::copy(Call& call) const {
  if (call.background == nullptr || call.request.wants_upgrade) return;
  Counters& counters = counters_->of(call.pools.pool(slot_).worker());
  const std::uint64_t before = counters.seen++;
  if (before * share_ / kAll == counters.seen * share_ / kAll) return;
  if (counters.under_way >= kUnderWayMax) return counters.busy.add();
  message::BodySource* const body = call.request.body;
  if (body != nullptr && call.request.body_length.value_or(0) > CopyingBody::kKeptBytesMax) {
    return counters.too_large.add();
  }
  auto copied = std::make_unique<MirroredRequest>(call, shadow_, counters);
  if (body == nullptr) return call.background->spawn(MirroredRequest::send(std::move(copied)));
  call.copied_body = std::make_unique<CopyingBody>(*body, std::move(copied), *call.background, counters);
  call.request.body = call.copied_body.get();
}

Outlook MirroringOrigin::outlook(const message::Request& request, base::Arena& arena) const {
  Outlook out = inner_->outlook(request, arena);
  out.mirror = text_;
  return out;
}

}  // namespace headgate::proxy::origin::mirror
