#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace headgate::net::tls {

/// What a ticket is encrypted and signed with (RFC 5077 section 4).
struct TicketKey {
  std::array<unsigned char, 16> name{};
  std::array<unsigned char, 32> cipher{};  ///< AES-256-CBC
  std::array<unsigned char, 32> mac{};     ///< HMAC-SHA-256
  base::WallTime since;                    ///< first used
  ~TicketKey();                            ///< leaves no copy behind
};

/// The keys of one listener's tickets, newest first: tickets are made with the first and read with all of them. A key
/// makes tickets for one lifetime and reads them for one more. Shared by all workers.
class TicketKeys {
 public:
  /// Beyond these the oldest is forgotten.
  static constexpr std::size_t kKeysMax = 3;
  using Set = std::vector<TicketKey>;

  /// The keys at `now`: never empty; a new first one when the last has served for `lifetime`.
  std::shared_ptr<const Set> at(base::WallTime now, base::Duration lifetime);
  /// All that may still be needed, for a process that takes over: whoever has them can read what was said over TLS 1.2
  /// connections that were resumed with them, so they go over no wire and to no disk.
  Set keys() const;
  /// Takes over what another process had; its newest goes on being the newest.
  void adopt(Set keys);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Set> keys_ = std::make_shared<const Set>();
};

/// Sessions of clients that have no tickets: at most so many, the oldest forgotten first. Shared by all workers.
class SessionCache {
 public:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kSessionBytesMax = 8 * 1024;  ///< larger ones (by long certificates) are not kept

  SessionCache();
  ~SessionCache();
  SessionCache(const SessionCache&) = delete;
  SessionCache& operator=(const SessionCache&) = delete;

  /// Forgets the oldest so that there are at most `sessions_max` (of each sixteenth of ids its part, rounded up).
  void put(std::string_view id, std::string session, std::size_t sessions_max);
  /// Empty: there is none.
  std::string find(std::string_view id);
  void remove(std::string_view id);
  std::size_t size() const;

 private:
  struct Shard;
  Shard& shard_of(std::string_view id) const;
  std::unique_ptr<std::array<Shard, kShards>> shards_;
};

/// What lets the clients of one listener resume their sessions, on whichever worker they come back. Outlives reloads.
struct Sessions {
  TicketKeys tickets;
  SessionCache cache;
};

}  // namespace headgate::net::tls
