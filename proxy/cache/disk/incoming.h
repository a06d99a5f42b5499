#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cache/disk/stream.h"

namespace headgate::proxy::cache::disk {

/// A large object on its way to the disk: a queue between who gives its bytes (through Tier) and the writing thread.
class Incoming {
 public:
  /// Told, on the tier's thread, when there is room again after append() had said that there is none; and when it
  /// fails.
  using RoomAgain = std::function<void()>;
  /// Bytes that wait for the disk.
  static constexpr std::size_t kWaitingMax = 1024 * 1024;

  Incoming(std::string record, key::Hash hash, std::uint64_t body_bytes, RoomAgain room_again)
      : record_(std::move(record)), hash_(hash), body_bytes_(body_bytes), room_again_(std::move(room_again)) {}

  bool has_failed() const { return has_failed_.load(std::memory_order_acquire); }
  key::Hash hash() const { return hash_; }
  /// False: room_again will be called.
  bool has_room();

 private:
  friend class Tier;
  struct Taken {
    std::string bytes;
    bool is_ended = false;
    bool is_whole = false;
  };
  void add(std::string_view bytes);
  void end(bool is_whole);
  Taken take();
  void fail();

  std::string record_;
  key::Hash hash_;
  std::uint64_t body_bytes_;
  RoomAgain room_again_;
  std::atomic<bool> has_failed_{false};
  std::mutex mutex_;
  std::string waiting_;
  bool is_full_ = false;
  bool is_ended_ = false;
  bool is_whole_ = false;
  bool is_queued_ = false;        // the tier's lock
  std::optional<Stream> stream_;  // the writing thread's
  bool has_begun_ = false;        // the same
};

}  // namespace headgate::proxy::cache::disk
