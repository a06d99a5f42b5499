#pragma once
#include <sys/types.h>

#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "proxy/handover/channel.h"
#include "proxy/handover/letter.h"
#include "proxy/handover/program.h"

namespace headgate::proxy::handover {

/// The old process's end of an upgrade: starts the program, hands over letter and sockets, and waits until the new
/// process is ready or has failed. It waits on a thread of its own, so that the control loop goes on meanwhile.
class Predecessor {
 public:
  /// So long a new process may take until it is ready; then it is killed. Names take 2 s at most, and a file with
  /// hundreds of thousands of lines a few.
  static constexpr base::Duration kReadyWait = std::chrono::seconds(30);
  /// Of what a new process wrote before it was ready, the last so many bytes are kept for the error.
  static constexpr std::size_t kWritingKept = 4096;

  struct Ready {
    pid_t pid = 0;
    std::set<std::string> not_taken;  ///< binds whose sockets the new process has no use for
  };
  using Outcome = base::Result<Ready>;

  /// `sockets` are open until this is destroyed or start() has told the outcome.
  Predecessor(Program program, Letter letter, std::vector<int> sockets, base::Duration ready_wait = kReadyWait);
  /// Gives up if nothing has been told yet.
  ~Predecessor();
  Predecessor(const Predecessor&) = delete;
  Predecessor& operator=(const Predecessor&) = delete;

  /// Begins. `told` is called once, from the other thread, unless this is destroyed before. When it tells of a new
  /// process, that is a child of init, and waits for say_go().
  void start(std::function<void(Outcome)> told);
  /// The new process is there still.
  bool is_well() const { return !channel_.is_at_end(); }
  /// From now on the new process is the one. Without this it is told to end when this is destroyed.
  void say_go();
  /// Whether the new process, of which this one is the predecessor now, wants the logs opened anew.
  bool is_asked_to_reopen();

 private:
  Outcome run();
  base::Result<void> spawn();
  base::Result<void> hand_over();
  Outcome wait_until_ready();
  std::optional<Outcome> on_message(const Message& message);
  void read_writing();
  std::string how_it_ended();
  void end_parent();
  void say_abandon();

  Program program_;
  Letter letter_;
  std::vector<int> sockets_;
  base::Duration ready_wait_;
  Channel channel_{base::OwnedFd()};
  base::OwnedFd writing_;    // what the new process writes to stderr
  base::OwnedFd parent_fd_;  // a pidfd
  pid_t parent_ = 0;         // of the new process, a child of ours
  base::OwnedFd give_up_;    // an eventfd
  std::string kept_;         // the end of what it wrote; what came before has been written on
  bool has_gone_ = false;
  std::thread thread_;
};

}  // namespace headgate::proxy::handover
