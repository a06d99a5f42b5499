#include "proxy/steering/purges.h"

#include "net/waiting.h"

namespace headgate::proxy::steering {
namespace {

/// Made, touched and ended on the control thread alone, as its gate.
struct Waiting {
  explicit Waiting(net::Loop& loop) : all_told(loop) {}
  std::size_t left = 0;
  bool are_kept = true;
  net::Gate all_told;
};

}  // namespace

net::Task<bool> purge(net::Loop& loop, std::shared_ptr<cache::stage::Store> store,
                      std::vector<cache::purge::Purge> purges) {
  const auto waiting = std::make_shared<Waiting>(loop);
  waiting->left = purges.size();
  for (const cache::purge::Purge& each : purges) {
    if (store->disk() == nullptr) {
      store->purge(each);
      continue;
    }
    store->purge(each, [&loop, open = std::weak_ptr<Waiting>(waiting)](bool is_kept) {
      loop.post([open, is_kept] {
        const std::shared_ptr<Waiting> still_waits = open.lock();
        if (still_waits == nullptr) return;
        still_waits->are_kept = still_waits->are_kept && is_kept;
        if (--still_waits->left == 0) still_waits->all_told.open();
      });
    });
  }
  if (store->disk() == nullptr) co_return true;
  const bool all = co_await waiting->all_told.wait(loop.now() + kPurgePatience);
  co_return all && waiting->are_kept;
}

}  // namespace headgate::proxy::steering
