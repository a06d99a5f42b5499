#pragma once
#include <event2/event_struct.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/counters.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/loop.h"

namespace headgate::net {

/// Questions that come as one datagram each and are answered by one: a UDP socket that shares its port with others of
/// this process (SO_REUSEPORT, so that each worker has its own queue). Datagrams are taken and sent many at a time. An
/// answer leaves from the address that was asked, also where the socket is bound to all of them.
class Datagrams {
 public:
  /// What came longer is cut by the kernel, and is given as it is.
  static constexpr std::size_t kQuestionBytesMax = 4096;
  static constexpr std::size_t kAnswerBytesMax = 4096;
  /// Taken by one system call.
  static constexpr std::size_t kBatch = 32;
  /// Calls in one turn of the loop, so that a flood of them does not starve connections.
  static constexpr int kBatchesPerTurn = 4;

  /// Writes an answer into `answer` (kAnswerBytesMax) and returns its length; 0: nobody is answered. It must not
  /// destroy this.
  using Answer =
      std::function<std::size_t(std::string_view question, const base::Endpoint& from, std::span<char> answer)>;

  /// What became of datagrams, for one worker.
  struct Figures {
    base::Counter received;
    base::Counter sent;
    base::Counter unsent;  ///< the kernel had no room, or no way to the asker
  };

  /// kRefused and others as system_error says: the port is another program's, there is no such address.
  static base::Result<std::unique_ptr<Datagrams>> open(Loop& loop, const base::Endpoint& endpoint, Answer answer);
  ~Datagrams();
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  /// With the port that the kernel chose, if 0 was asked for.
  const base::Endpoint& endpoint() const { return endpoint_; }
  const Figures& figures() const { return figures_; }

 private:
  struct Batch;
  Datagrams(Loop& loop, int fd, base::Endpoint endpoint, Answer answer);
  void on_readable();
  void answer_all(std::size_t count);

  int fd_;
  base::Endpoint endpoint_;
  Answer answer_;
  Figures figures_;
  std::unique_ptr<Batch> batch_;
  event event_;
};

}  // namespace headgate::net
