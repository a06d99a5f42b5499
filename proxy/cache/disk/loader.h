#pragma once
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "proxy/cache/disk/object.h"
#include "proxy/cache/memory/memory_store.h"

namespace headgate::proxy::cache::disk {

/// What became of a read.
struct Loaded {
  enum class Kind : std::uint8_t {
    kGone,      ///< there is nothing (any more)
    kInMemory,  ///< the memory tier has it
    kLarge,     ///< the memory tier has its record alone, which is found by `entry` and not by its key
  };
  Kind kind = Kind::kGone;
  memory::Reference entry;                    ///< of kLarge
  std::shared_ptr<const Object> object = {};  ///< of kLarge: where its body is read from
};

enum class Loading : std::uint8_t { kDone, kDamaged, kNoRoom };

/// Brings an object into the memory tier, every byte of it verified; what is too large for that with its record alone.
/// An entry of its key that is there already stays.
base::Result<Loading> bring_in(memory::MemoryStore& memory, std::shared_ptr<const Object> object, key::Hash hash,
                               std::uint32_t worker, Loaded& out);

}  // namespace headgate::proxy::cache::disk
