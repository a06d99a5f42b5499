#pragma once
#include <cstddef>
#include <utility>
#include <vector>

#include "net/socket.h"

namespace headgate::net {

/// A kernel pipe through which bytes go from one socket to another without being copied to this process (splice(2)).
/// Worth it for long bodies: half the processor time of copying 1 MiB in and out.
class Pipe {
 public:
  Pipe() = default;
  Pipe(Pipe&& other) noexcept
      : in_(std::exchange(other.in_, -1)), out_(std::exchange(other.out_, -1)), held_(std::exchange(other.held_, 0)) {}
  Pipe& operator=(Pipe&& other) noexcept {
    std::swap(in_, other.in_);
    std::swap(out_, other.out_);
    std::swap(held_, other.held_);
    return *this;
  }
  ~Pipe();

  /// An empty Pipe if there are no descriptors for one, or the kernel gives no more than a page or two.
  static Pipe open();
  explicit operator bool() const { return in_ >= 0; }

  /// Takes at most `max` bytes off a socket that have arrived there.
  IoResult fill(Socket& from, std::size_t max);
  /// Gives what is held to a socket, as much as it takes. `more` says that further bytes follow.
  IoResult drain(Socket& to, bool more);
  std::size_t held() const { return held_; }

 private:
  int in_ = -1;
  int out_ = -1;
  std::size_t held_ = 0;
};

/// One worker's spare pipes.
class PipePool {
 public:
  static constexpr std::size_t kSpareMax = 16;
  Pipe borrow();
  /// Only an empty pipe is kept; what another still holds belongs to nobody, and is closed with it.
  void give_back(Pipe pipe);

 private:
  std::vector<Pipe> spare_;
};

}  // namespace headgate::net
