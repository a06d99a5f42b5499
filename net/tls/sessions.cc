#include "net/tls/sessions.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <atomic>
#include <cstring>
#include <list>
#include <unordered_map>

#include "base/result.h"

namespace headgate::net::tls {
namespace {

TicketKey made_key(base::WallTime now) {
  TicketKey key;
  key.since = now;
  const bool is_made = RAND_bytes(key.name.data(), key.name.size()) == 1 &&
                       RAND_priv_bytes(key.cipher.data(), key.cipher.size()) == 1 &&
                       RAND_priv_bytes(key.mac.data(), key.mac.size()) == 1;
  if (!is_made) base::invariant_broken("the system gives no random bytes");
  return key;
}

}  // namespace

TicketKey::~TicketKey() {
  OPENSSL_cleanse(cipher.data(), cipher.size());
  OPENSSL_cleanse(mac.data(), mac.size());
}

std::shared_ptr<const TicketKeys::Set> TicketKeys::at(base::WallTime now, base::Duration lifetime) {
  const std::lock_guard lock(mutex_);
  // A clock that was set back starts no new key: the newest is as good as new.
  if (!keys_->empty() && now - keys_->front().since < lifetime) return keys_;
  auto next = std::make_shared<Set>();
  next->push_back(made_key(now));
  for (const TicketKey& key : *keys_) {
    const bool may_be_asked_for = now - key.since < 2 * lifetime;
    if (may_be_asked_for && next->size() < kKeysMax) next->push_back(key);
  }
  keys_ = std::move(next);
  return keys_;
}

TicketKeys::Set TicketKeys::keys() const {
  const std::lock_guard lock(mutex_);
  return *keys_;
}

void TicketKeys::adopt(Set keys) {
  if (keys.size() > kKeysMax) keys.resize(kKeysMax);
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const Set>(std::move(keys));
}

struct SessionCache::Shard {
  struct Entry {
    std::string session;
    std::list<std::string>::iterator age;
  };
  mutable std::mutex mutex;
  std::unordered_map<std::string, Entry> by_id;
  std::list<std::string> oldest_first;

  void forget(std::unordered_map<std::string, Entry>::iterator found) {
    OPENSSL_cleanse(found->second.session.data(), found->second.session.size());
    oldest_first.erase(found->second.age);
    by_id.erase(found);
  }
  void shrink(std::size_t max) {
    while (by_id.size() > max) forget(by_id.find(oldest_first.front()));
  }
};

SessionCache::SessionCache() : shards_(std::make_unique<std::array<Shard, kShards>>()) {}
SessionCache::~SessionCache() = default;

SessionCache::Shard& SessionCache::shard_of(std::string_view id) const {
  // Ids are random bytes of our own making, or no session has them.
  return (*shards_)[id.empty() ? 0 : static_cast<unsigned char>(id.front()) % kShards];
}

void SessionCache::put(std::string_view id, std::string session, std::size_t sessions_max) {
  if (session.size() > kSessionBytesMax) return;
  Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_id.find(std::string(id));
  if (found != shard.by_id.end()) shard.forget(found);
  shard.oldest_first.emplace_back(id);
  shard.by_id.emplace(id, Shard::Entry{std::move(session), std::prev(shard.oldest_first.end())});
  shard.shrink((sessions_max + kShards - 1) / kShards);
}

std::string SessionCache::find(std::string_view id) {
  Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_id.find(std::string(id));
  return found == shard.by_id.end() ? std::string() : found->second.session;
}

void SessionCache::remove(std::string_view id) {
  Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_id.find(std::string(id));
  if (found != shard.by_id.end()) shard.forget(found);
}

std::size_t SessionCache::size() const {
  std::size_t sum = 0;
  for (const Shard& shard : *shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.by_id.size();
  }
  return sum;
}

}  // namespace headgate::net::tls
