#include "proxy/listener/listener_share.h"

#include "proxy/listener/tls_share.h"

namespace headgate::proxy::listener {

bool ClientConnections::enter(const base::IpAddress& client, std::uint32_t max) {
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  std::uint32_t& open = shard.open[client];
  if (open >= max) return false;
  ++open;
  return true;
}

void ClientConnections::leave(const base::IpAddress& client) {
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.open.find(client);
  if (found != shard.open.end() && --found->second == 0) shard.open.erase(found);
}

ClientConnections::Shard& ClientConnections::shard_of(const base::IpAddress& client) {
  std::uint32_t mixed = 0;
  for (std::uint8_t byte : client.bytes()) mixed = mixed * 31 + byte;
  return shards_[mixed % shards_.size()];
}

ListenerShare::ListenerShare(std::size_t workers) : counters(workers), tls(std::make_unique<TlsShare>(workers)) {}
ListenerShare::~ListenerShare() = default;

}  // namespace headgate::proxy::listener
