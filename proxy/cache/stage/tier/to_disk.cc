#include "proxy/cache/stage/tier/to_disk.h"

#include <utility>

#include "proxy/cache/disk/tier.h"
#include "proxy/cache/flight/flight.h"

namespace headgate::proxy::cache::stage::tier {

std::unique_ptr<ToDisk> ToDisk::begin(Material material, Store& store, std::size_t worker, net::Loop& loop) {
  std::unique_ptr<ToDisk> out(new ToDisk(material.body_bytes, store, worker, loop));
  out->incoming_ = store.disk()->begin(std::move(material.record), material.hash, material.body_bytes,
                                       [post = store.post(), keeps = store.loads(), room = out->room_, worker] {
                                         post(worker, [keeps, room] { room->wake(); });
                                       });
  if (out->incoming_ == nullptr) return nullptr;
  return out;
}

ToDisk::ToDisk(std::uint64_t body_bytes, Store& store, std::size_t worker, net::Loop& loop)
    : body_bytes_(body_bytes), store_(store), worker_(worker), loop_(loop), room_(store.loads()->alone(worker)) {}

bool ToDisk::has_room() {
  return incoming_ == nullptr || incoming_->has_room();
}

void ToDisk::append(std::string_view bytes) {
  if (incoming_ == nullptr || bytes.empty()) return;
  taken_bytes_ += bytes.size();
  store_.disk()->append(incoming_, bytes);
}

net::Task<void> ToDisk::wait() {
  const base::Time deadline = loop_.now() + kPatience;
  flight::Wait wait(room_, worker_, loop_);
  while (true) {
    wait.arm();
    if (has_room()) co_return;
    const bool woken = co_await wait.gate().wait(deadline);
    if (!woken) break;
  }
  end(false);
}

void ToDisk::end(bool is_whole) {
  if (incoming_ == nullptr) return;
  const bool is_all = body_bytes_ == memory::Body::kUnknown || body_bytes_ == taken_bytes_;
  store_.disk()->end(std::exchange(incoming_, nullptr), is_whole && is_all);
}

}  // namespace headgate::proxy::cache::stage::tier
