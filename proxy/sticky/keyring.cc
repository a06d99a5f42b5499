#include "proxy/sticky/keyring.h"

#include <sys/random.h>

#include "base/result.h"

namespace headgate::proxy::sticky {

void Keyring::replace(config::StickyKeys keys) {
  auto next = std::make_shared<const config::StickyKeys>(std::move(keys));
  {
    const std::lock_guard lock(mutex_);
    keys_.swap(next);
  }
  // After the keys: who sees the new generation must find the new keys.
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const config::StickyKeys> Keyring::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

config::StickyKey make_key() {
  config::StickyKey key{};
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
    base::invariant_broken("getrandom gave no entropy");
  }
  return key;
}

}  // namespace headgate::proxy::sticky
