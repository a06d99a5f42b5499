#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/ip_address.h"

namespace headgate::health::testing {

/// What a scripted server does with a connection.
struct Script {
  std::string answer;         ///< sent after the request's empty line came
  bool close_after = true;    ///< false: leaves the connection open
  bool reset = false;         ///< ends with a reset in place of a FIN
  bool byte_by_byte = false;  ///< in many small segments
  bool awaits_word = false;   ///< answers only after give_word(), or five seconds
};

/// A backend on a port of 127.0.0.1, in a thread of its own, that does as its script says.
class ScriptedServer {
 public:
  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length);
    ::listen(listener_, 1024);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    endpoint_ = base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&address), length);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    stopping_ = true;
    thread_.join();
    for (int fd : open_) ::close(fd);
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  void set_script(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t connections() const { return connections_; }
  void give_word() { has_word_ = true; }
  std::size_t answers() const { return answers_; }
  /// A client closed, or sent more, before its answer.
  bool was_left() const { return was_left_; }
  const base::Endpoint& endpoint() const { return endpoint_; }

 private:
  static bool wait_readable(int fd, int milliseconds) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, milliseconds) > 0;
  }

  void serve() {
    while (!stopping_) {
      if (!wait_readable(listener_, 5)) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      answer(fd);
    }
  }

  void answer(int fd) {
    std::string request;
    char bytes[4096];
    while (request.find("\r\n\r\n") == std::string::npos && wait_readable(fd, 200)) {
      const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      request.append(bytes, static_cast<std::size_t>(got));
    }
    Script script;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      script = script_;
    }
    for (int i = 0; i < 1000 && script.awaits_word && !has_word_; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (wait_readable(fd, 0)) was_left_ = true;
    const std::size_t step = script.byte_by_byte ? 1 : script.answer.size();
    for (std::size_t at = 0; at < script.answer.size(); at += step) {
      if (::send(fd, script.answer.data() + at, std::min(step, script.answer.size() - at), MSG_NOSIGNAL) <= 0) break;
      if (script.byte_by_byte) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    ++answers_;
    if (!script.close_after) {
      open_.push_back(fd);
      return;
    }
    if (script.reset) {
      const linger at_once{1, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    ::close(fd);
  }

  int listener_ = -1;
  base::Endpoint endpoint_;
  std::vector<int> open_;  // the thread's, and after it has ended the destructor's
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> answers_{0};
  std::atomic<bool> has_word_{false};
  std::atomic<bool> was_left_{false};
  mutable std::mutex mutex_;
  Script script_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// A port of 127.0.0.1 that refuses connections for as long as this lives.
class RefusingPort {
 public:
  RefusingPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length);  // bound, so that nobody else gets it; not listening
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    endpoint_ = base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&address), length);
  }
  ~RefusingPort() { ::close(fd_); }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  const base::Endpoint& endpoint() const { return endpoint_; }

 private:
  int fd_;
  base::Endpoint endpoint_;
};

}  // namespace headgate::health::testing
