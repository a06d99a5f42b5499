#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace headgate::proxy::origin::pools {

/// Which of several pools a key belongs to: the same in every process and of every version.
///
/// consistent: by the highest weight of key and pool together (rendezvous hashing, Thaler and Ravishankar 1998), so
/// that of N pools one that comes or goes moves 1/N of the keys; a pool is known by its name, and by how often it stood
/// before it. modulo: the key's number, or its hash where it is no whole number below 2^64, by the number of pools.
/// ranges: the first pool whose bound is above the key.
class ShardChoice {
 public:
  explicit ShardChoice(const config::ShardOrigin& settings);

  /// The pool's place; nothing where bounds are numbers and the key is none. `hash` is what a key without text, a
  /// client, has in its place; `text` is empty then.
  std::optional<std::size_t> shard_of(std::string_view text, std::uint64_t hash) const;

 private:
  std::size_t by_weight(std::uint64_t hash) const;
  std::optional<std::size_t> by_range(std::string_view text) const;

  config::ShardOrigin::Method method_;
  std::vector<std::uint64_t> pools_;  // hashes of their names
  std::vector<std::string> bounds_;
  std::vector<std::uint64_t> numbers_;  // the bounds, where they are numbers
};

}  // namespace headgate::proxy::origin::pools
