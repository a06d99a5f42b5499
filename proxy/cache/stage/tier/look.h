#pragma once
#include <memory>
#include <string>

#include "net/loop.h"
#include "net/task.h"
#include "proxy/cache/stage/store.h"

namespace headgate::proxy::cache::disk {
class Object;
}

namespace headgate::proxy::cache::stage::tier {

/// What a request found on the disk that memory has no room for; shared with the thread that reads.
struct Large {
  key::Hash hash;
  memory::Reference entry;                     ///< its record; none: nothing was found
  std::shared_ptr<const disk::Object> object;  ///< its body
};

/// One look at the disk, for all that ask for the same at once.
struct Look {
  Store& store;
  std::size_t worker;
  net::Loop& loop;
  key::Hash hash;
  std::string key;
};

/// A disk that takes longer than that for an object has none.
inline constexpr base::Duration kLookPatience = std::chrono::seconds(2);

/// Brings it into memory, or fills `large`. False: there is nothing, or not in time.
net::Task<bool> look_on_disk(Look look, std::shared_ptr<Large> large);

/// Purges as Store does, and waits: whether it outlives the process.
net::Task<bool> purge_and_wait(Store& store, purge::Purge purge, std::size_t worker, net::Loop& loop);

}  // namespace headgate::proxy::cache::stage::tier
