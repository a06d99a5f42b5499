#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/handover/channel.h"
#include "proxy/handover/letter.h"

namespace headgate::proxy::handover {

/// The new process's end of an upgrade.
///
///     started by the predecessor -> apart() -> receive() -> say_ready() -> the predecessor's word -> it is the service
///
/// Until say_ready() it dies with the predecessor's wish to be rid of it (see apart()); whatever fails before that is
/// said to the predecessor, which goes on as if nothing had happened.
class Successor {
 public:
  /// A successor waits so long for the letter and for the predecessor's word. Longer than the predecessor waits for it.
  static constexpr base::Duration kWordWait = std::chrono::seconds(60);

  /// Whether the environment says that this process is one. Then it takes note of it, removes that from the
  /// environment, and forks: the child goes on, as one whose parent may leave it to init at any time; the parent waits
  /// for it and ends as it ended. The predecessor ends the parent, which ends the child up to say_ready() and leaves it
  /// to init from then on: the service manager takes no main process that is another's child. Before the first thread.
  static std::unique_ptr<Successor> apart();

  /// The letter; its sockets' descriptors are `descriptors()`, in its order.
  base::Result<Letter> receive();
  std::vector<base::OwnedFd>& descriptors() { return descriptors_; }

  /// Says that everything is there but that nothing is accepted yet, and waits for the predecessor's word. An error if
  /// it has changed its mind. If it died meanwhile, there is nobody else, and this one goes on. `not_taken` are keys of
  /// binds whose sockets are left to it.
  base::Result<void> say_ready(const std::vector<std::string>& not_taken);
  void say_failed(std::string_view why);

  /// Asks the predecessor, while it drains, to open its logs anew.
  void say_reopen();
  bool predecessor_is_gone() const { return channel_.is_at_end(); }

 private:
  Successor(base::OwnedFd channel, base::OwnedFd stderr_fd)
      : channel_(std::move(channel)), stderr_(std::move(stderr_fd)) {}
  void speak_for_itself();
  Channel channel_;
  base::OwnedFd stderr_;  // what fd 2 will be; until then it is a pipe to the predecessor
  std::vector<base::OwnedFd> descriptors_;
};

}  // namespace headgate::proxy::handover
