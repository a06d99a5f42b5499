#include "proxy/dns/sign/kept.h"

#include <xxhash.h>

#include <utility>

#include "base/random.h"

namespace headgate::proxy::dns::sign {

std::size_t Kept::Hash::operator()(std::string_view bytes) const {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Kept::Kept(std::size_t entries_max) : entries_max_(entries_max), map_(0, Hash{base::entropy_seed()}) {}

KeptSignature* Kept::find(std::string_view identity) {
  const auto found = map_.find(identity);
  if (found == map_.end()) return nullptr;
  found->second.was_used = true;
  return &found->second;
}

KeptSignature& Kept::put(std::string_view identity, KeptSignature signature) {
  if (map_.size() == entries_max_) {
    while (std::exchange(round_[hand_]->second.was_used, false)) hand_ = (hand_ + 1) % round_.size();
    map_.erase(map_.find(round_[hand_]->first));
  } else {
    hand_ = round_.size();
    round_.emplace_back();
  }
  Map::value_type& made = *map_.try_emplace(std::string(identity), std::move(signature)).first;
  round_[hand_] = &made;
  hand_ = (hand_ + 1) % round_.size();
  return made.second;
}

}  // namespace headgate::proxy::dns::sign
