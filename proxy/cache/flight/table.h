#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "proxy/cache/flight/flight.h"
#include "proxy/cache/key/primary.h"

namespace headgate::proxy::cache::flight {

/// The flights of one store: those whose answer has not begun, by what they ask for, and those whose answer grows in
/// the store, by the body that grows. From any thread.
class Table {
 public:
  Table(std::size_t workers, Post post) : workers_(workers), post_(std::move(post)) {}

  struct Joined {
    std::shared_ptr<Flight> flight;
    bool leads = false;  ///< it is new: who asked fetches, and calls leave() when the answer has begun, or will not
  };
  Joined join(key::Hash hash, std::size_t worker);
  bool has(key::Hash hash);
  void leave(key::Hash hash, const Flight& flight);
  /// One that nobody can join.
  std::shared_ptr<Flight> alone(std::size_t worker) const;

  /// Calls `begin()`, which makes a body that others can see, and says whose flight it is; the body's address, or null.
  template <class Begin>
  const void* grow(const std::shared_ptr<Flight>& flight, Begin begin) {
    const std::lock_guard<std::mutex> lock(growing_mutex_);
    const void* body = begin();
    if (body != nullptr) growing_[body] = flight;
    return body;
  }
  /// After its body has become complete, or failed.
  void grown(const void* body);
  /// Null: it does not grow any more.
  std::shared_ptr<Flight> growing(const void* body);

 private:
  struct HashOfHash {
    std::size_t operator()(const key::Hash& hash) const { return hash.low; }
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<key::Hash, std::shared_ptr<Flight>, HashOfHash> asking;
  };
  Shard& shard_of(key::Hash hash) { return shards_[hash.high % kShards]; }

  static constexpr std::size_t kShards = 16;
  std::size_t workers_;
  Post post_;
  std::array<Shard, kShards> shards_;
  std::mutex growing_mutex_;
  std::unordered_map<const void*, std::shared_ptr<Flight>> growing_;
};

}  // namespace headgate::proxy::cache::flight
