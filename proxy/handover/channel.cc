#include "proxy/handover/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace headgate::proxy::handover {

base::Result<std::pair<Channel, Channel>> Channel::pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return base::system_error(errno, "socketpair");
  return std::pair(Channel(base::OwnedFd(fds[0])), Channel(base::OwnedFd(fds[1])));
}

base::Result<void> Channel::send(std::string_view text, const std::vector<int>& descriptors) {
  text = text.substr(0, kTextMax);
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
  const std::size_t bytes = std::min(descriptors.size(), kDescriptorsMax) * sizeof(int);
  if (bytes > 0) {
    std::memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(header), descriptors.data(), bytes);
  }
  if (::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) < 0) return base::system_error(errno, "send to the other process");
  return {};
}

base::Result<Message> Channel::receive(base::Duration timeout) {
  pollfd waiting{fd_.get(), POLLIN, 0};
  const base::Time deadline = base::now() + timeout;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - base::now());
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return base::system_error(errno, "wait for the other process");
    if (ready == 0)
      return base::Error{base::ErrorKind::kTimeout, base::Fault::kHeadgate, "the other process is silent"};
    if (std::optional<Message> message = receive_now()) return std::move(*message);
    if (is_at_end()) return base::Error{base::ErrorKind::kEof, base::Fault::kHeadgate, "the other process is gone"};
  }
}

std::optional<Message> Channel::receive_now() {
  Message out;
  out.text.resize(kTextMax);
  iovec part{out.text.data(), out.text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  // An end that closed before it had read everything leaves this error, once, before what it had sent.
  if (got < 0 && errno == ECONNRESET) got = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got <= 0) return std::nullopt;
  out.text.resize(static_cast<std::size_t>(got));
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(each) + i * sizeof(int), sizeof fd);
      out.descriptors.emplace_back(fd);
    }
  }
  return out;
}

bool Channel::is_at_end() const {
  char byte;
  ssize_t got = ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && errno == ECONNRESET) got = ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace headgate::proxy::handover
