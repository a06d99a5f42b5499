#include "proxy/cache/stage/tier/look.h"

#include <utility>

#include "proxy/cache/disk/tier.h"
#include "proxy/cache/stage/tier/waiting.h"

namespace headgate::proxy::cache::stage::tier {
namespace {

using flight::Flight;
using flight::State;

/// The log is on the disk within some milliseconds; a disk that hangs is not waited for.
constexpr base::Duration kPurgePatience = std::chrono::seconds(5);

State state_of(disk::Loaded::Kind kind) {
  switch (kind) {
    case disk::Loaded::Kind::kInMemory:
      return State::kStored;
    case disk::Loaded::Kind::kLarge:
      return State::kPassed;
    default:
      return State::kFailed;
  }
}

/// Has the disk read, and the flight told on its worker's thread. `large` gets what is for one request alone.
bool begin_load(const Look& look, std::shared_ptr<Flight> flight, bool is_joined, std::shared_ptr<Large> large) {
  // Nothing of the store is touched by what comes back but what it holds itself.
  const auto table = is_joined ? look.store.loads() : nullptr;
  auto done = [post = look.store.post(), table, flight, large, hash = look.hash,
               worker = look.worker](disk::Loaded loaded) {
    post(worker, [table, flight, large, hash, kept = std::make_shared<disk::Loaded>(std::move(loaded))] {
      if (kept->kind == disk::Loaded::Kind::kLarge) *large = {hash, std::move(kept->entry), std::move(kept->object)};
      if (table != nullptr) table->leave(hash, *flight);
      flight->become(state_of(kept->kind));
    });
  };
  return look.store.disk()->load(look.hash, look.key, static_cast<std::uint32_t>(look.worker), std::move(done));
}

}  // namespace

net::Task<bool> look_on_disk(Look look, std::shared_ptr<Large> large) {
  const base::Time deadline = look.loop.now() + kLookPatience;
  const flight::Table::Joined joined = look.store.loads()->join(look.hash, look.worker);
  if (joined.leads && !begin_load(look, joined.flight, true, large)) {
    look.store.loads()->leave(look.hash, *joined.flight);
    joined.flight->become(State::kFailed);
    co_return false;
  }
  State state = co_await settled(joined.flight, look.worker, look.loop, deadline);
  if (state == State::kPassed && !joined.leads) {
    // Each reads a large one for itself; what they share is the system's cache.
    const std::shared_ptr<Flight> own = look.store.loads()->alone(look.worker);
    if (!begin_load(look, own, false, large)) co_return false;
    state = co_await settled(own, look.worker, look.loop, deadline);
  }
  co_return state == State::kStored || (state == State::kPassed && bool(large->entry));
}

net::Task<bool> purge_and_wait(Store& store, purge::Purge purge, std::size_t worker, net::Loop& loop) {
  const auto keeps = store.loads();
  const std::shared_ptr<Flight> flight = keeps->alone(worker);
  store.purge(purge, [post = store.post(), keeps, flight, worker](bool is_kept) {
    post(worker, [keeps, flight, is_kept] { flight->become(is_kept ? State::kStored : State::kFailed); });
  });
  const State state = co_await settled(flight, worker, loop, loop.now() + kPurgePatience);
  co_return state == State::kStored;
}

}  // namespace headgate::proxy::cache::stage::tier
