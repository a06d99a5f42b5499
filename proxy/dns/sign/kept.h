#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headgate::proxy::dns::sign {

/// A signature that was made, as the data of its RRSIG record; times in seconds since 1970.
struct KeptSignature {
  std::string data;
  std::int64_t made = 0;
  std::int64_t renew = 0;    ///< from then on a new one is to be made
  std::int64_t expires = 0;  ///< from then on it is of no use
  bool was_used = false;     ///< since the hand passed
};

/// Signatures by what they are over, a bounded number of them: where there is no room, one that was not asked for since
/// the last round gives way (the second chance of CLOCK), so that what is asked for often stays. For one thread.
class Kept {
 public:
  explicit Kept(std::size_t entries_max);
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  KeptSignature* find(std::string_view identity);
  /// Of what there is none yet; what this gives stays until the next put().
  KeptSignature& put(std::string_view identity, KeptSignature signature);
  std::size_t size() const { return map_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::uint64_t seed;  // of chance: names come from whoever asks, and must not be made to fall together
    std::size_t operator()(std::string_view bytes) const;
  };
  using Map = std::unordered_map<std::string, KeptSignature, Hash, std::equal_to<>>;

  const std::size_t entries_max_;
  Map map_;
  std::vector<Map::value_type*> round_;
  std::size_t hand_ = 0;
};

}  // namespace headgate::proxy::dns::sign
