#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/owned_fd.h"
#include "base/result.h"

namespace headgate::proxy::handover {

/// One message and the descriptors that came with it, close-on-exec.
struct Message {
  std::string text;
  std::vector<base::OwnedFd> descriptors;
};

/// One end of the socket between a predecessor and its successor: whole messages, in order, with descriptors.
class Channel {
 public:
  static constexpr std::size_t kTextMax = 64 * 1024;
  static constexpr std::size_t kDescriptorsMax = 200;  ///< of one message; the kernel allows 253

  explicit Channel(base::OwnedFd fd) : fd_(std::move(fd)) {}
  static base::Result<std::pair<Channel, Channel>> pair();

  /// Waits only if the other end has not read megabytes of what came before. A text over kTextMax is cut.
  base::Result<void> send(std::string_view text, const std::vector<int>& descriptors = {});
  /// The next message; an error of kind kEof when the other end is gone, of kTimeout after `timeout`.
  base::Result<Message> receive(base::Duration timeout);
  /// The next message, if one is there.
  std::optional<Message> receive_now();
  /// Whether the other end is closed and nothing is left to read.
  bool is_at_end() const;

  int fd() const { return fd_.get(); }

 private:
  base::OwnedFd fd_;
};

}  // namespace headgate::proxy::handover
