#pragma once
#include <event2/event_struct.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/owned_fd.h"
#include "net/listener.h"
#include "net/loop.h"

namespace headgate::net {

/// Questions that come as one datagram each and are answered by one, on one loop. Datagrams are taken and sent many at
/// a time. An answer leaves from the address that was asked, also where the socket is bound to all of them.
///
/// Few are answered as they come. Many are gathered, as network cards gather packets before they interrupt: to wait for
/// them, and to wake who waits for their answers, is then paid for once every kGatherEvery. Where whole batches come by
/// themselves, since the processor has no time to spare, there is nothing to gather.
class Datagrams {
 public:
  /// What came longer is cut by the kernel, and is given as it is.
  static constexpr std::size_t kQuestionBytesMax = 4096;
  static constexpr std::size_t kAnswerBytesMax = 4096;
  /// Taken by one system call.
  static constexpr std::size_t kBatch = 32;
  /// In one turn of the loop, so that a flood of them does not starve connections.
  static constexpr std::size_t kPerTurn = 3 * kBatch;
  /// How long a datagram waits at most that is gathered.
  static constexpr base::Duration kGatherEvery = std::chrono::microseconds(100);
  /// A turn with as many begins it, and one with fewer ends it.
  static constexpr std::size_t kGatherFrom = 8;
  /// After as many turns of gathering it is seen how many come without.
  static constexpr std::size_t kGatherTurns = 256;
  /// As many turns after one that had a whole batch by itself nothing is gathered.
  static constexpr std::size_t kTurnsUngathered = 16;

  /// Writes an answer into `answer` (kAnswerBytesMax) and returns its length; 0: nobody is answered. It must not
  /// destroy this.
  using Answer =
      std::function<std::size_t(std::string_view question, const base::Endpoint& from, std::span<char> answer)>;

  /// Told of an answer that did not leave: the kernel had no room, or no way to the asker.
  using Unsent = std::function<void()>;

  /// `socket` is one of datagrams.
  Datagrams(Loop& loop, ListeningSocket socket, Answer answer, Unsent unsent);
  ~Datagrams();
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  ListeningSocket& socket() { return socket_; }
  /// Whether what comes now waits for more, kGatherEvery at most.
  bool is_gathering() const { return is_gathering_; }
  /// Answers what the queue holds, now, without bound on the turn: before closing.
  void take_rest();

 private:
  struct Batch;
  void on_readable();
  void on_tick();
  void set_timer(base::Duration after);
  void gather();
  void stop_gathering();
  std::size_t answer_turn();
  /// How many there were; 0: none are left.
  std::size_t answer_batch();
  void answer_all(std::size_t count);

  ListeningSocket socket_;
  Answer answer_;
  Unsent unsent_;
  std::unique_ptr<Batch> batch_;
  event readable_;  // added while it does not gather
  base::OwnedFd timer_;
  event tick_;  // added while it gathers
  bool is_gathering_ = false;
  std::size_t turns_left_ = 0;  // of gathering, or until it may begin
};

}  // namespace headgate::net
