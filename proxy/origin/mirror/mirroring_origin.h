#pragma once
#include <memory>
#include <string>

#include "base/per_worker.h"
#include "proxy/origin/mirror/counters.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::origin::mirror {

/// Answers as another origin does, and sends a share of the requests to a pool as well, whose answers nobody sees. The
/// client never waits for that: a copy begins after its own request went on, and is left out where kUnderWayMax copies
/// are under way on its worker, or a body is too long to be kept. Requests that want another protocol (WebSocket) are
/// not copied.
class MirroringOrigin final : public Origin {
 public:
  static constexpr std::uint32_t kUnderWayMax = 256;
  /// Of 1,000,000 requests so many are copied: evenly, the share of any run of them is as exact as can be.
  static constexpr std::uint32_t kAll = 1'000'000;

  /// `slot` is the pool's place in the PoolDirectory; `counters` outlive reloads.
  MirroringOrigin(std::shared_ptr<const Origin> inner, const std::string& pool, std::size_t slot, std::uint32_t share,
                  std::shared_ptr<base::PerWorker<Counters>> counters);

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request& request, base::Arena& arena) const override;
  std::string describe() const override { return inner_->describe(); }

 private:
  void copy(Call& call) const;
  std::shared_ptr<const Origin> inner_;
  std::shared_ptr<const Origin> shadow_;
  std::size_t slot_;
  std::uint32_t share_;
  std::string text_;
  std::shared_ptr<base::PerWorker<Counters>> counters_;
};

}  // namespace headgate::proxy::origin::mirror
