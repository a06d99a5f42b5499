#include "proxy/cache/flight/table.h"

namespace headgate::proxy::cache::flight {

Table::Joined Table::join(key::Hash hash, std::size_t worker) {
  Shard& shard = shard_of(hash);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  std::shared_ptr<Flight>& found = shard.asking[hash];
  const bool leads = found == nullptr;
  if (leads) found = alone(worker);
  return {found, leads};
}

bool Table::has(key::Hash hash) {
  Shard& shard = shard_of(hash);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  return shard.asking.contains(hash);
}

void Table::leave(key::Hash hash, const Flight& flight) {
  Shard& shard = shard_of(hash);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  const auto found = shard.asking.find(hash);
  if (found != shard.asking.end() && found->second.get() == &flight) shard.asking.erase(found);
}

std::shared_ptr<Flight> Table::alone(std::size_t worker) const {
  return std::make_shared<Flight>(workers_, worker, post_);
}

void Table::grown(const void* body) {
  const std::lock_guard<std::mutex> lock(growing_mutex_);
  growing_.erase(body);
}

std::shared_ptr<Flight> Table::growing(const void* body) {
  const std::lock_guard<std::mutex> lock(growing_mutex_);
  const auto found = growing_.find(body);
  return found == growing_.end() ? nullptr : found->second;
}

}  // namespace headgate::proxy::cache::flight
