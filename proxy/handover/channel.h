#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace headgate::proxy::handover {

/// A descriptor that closes when destroyed.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnedFd();
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// One message and the descriptors that came with it, close-on-exec.
struct Message {
  std::string text;
  std::vector<OwnedFd> descriptors;
};

/// One end of the socket between a predecessor and its successor: whole messages, in order, with descriptors.
class Channel {
 public:
  static constexpr std::size_t kTextMax = 64 * 1024;
  static constexpr std::size_t kDescriptorsMax = 200;  ///< of one message; the kernel allows 253

  explicit Channel(OwnedFd fd) : fd_(std::move(fd)) {}
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
  int release() { return fd_.release(); }

 private:
  OwnedFd fd_;
};

}  // namespace headgate::proxy::handover
