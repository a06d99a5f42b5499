#include "net/datagrams.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/owned_fd.h"

namespace headgate::net {
namespace {

/// Asked for; the kernel gives up to net.core.rmem_max. A burst waits here while the worker does something else.
constexpr int kReceiveBufferBytes = 4 * 1024 * 1024;
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo));
static_assert(sizeof(in6_pktinfo) >= sizeof(in_pktinfo));

bool set_option(int fd, int level, int name, int value = 1) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// What came says which interface it came by; an answer leaves by whatever way there is.
void forget_interface(msghdr& message) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      reinterpret_cast<in_pktinfo*>(CMSG_DATA(each))->ipi_ifindex = 0;
    }
    if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      auto* const info = reinterpret_cast<in6_pktinfo*>(CMSG_DATA(each));
      if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) info->ipi6_ifindex = 0;
    }
  }
}

}  // namespace

struct Datagrams::Batch {
  struct alignas(cmsghdr) Control {
    std::array<char, kControlBytes> bytes;
  };
  std::array<std::array<char, kQuestionBytesMax>, kBatch> questions;
  std::array<std::array<char, kAnswerBytesMax>, kBatch> answers;
  std::array<sockaddr_storage, kBatch> from;
  std::array<Control, kBatch> control;
  std::array<iovec, kBatch> into;
  std::array<iovec, kBatch> out_of;
  std::array<mmsghdr, kBatch> received;
  std::array<mmsghdr, kBatch> to_send;

  Batch() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      into[i] = {questions[i].data(), kQuestionBytesMax};
      received[i] = {};
      make_ready(received[i].msg_hdr, i);
    }
  }

  /// What the kernel changes when a datagram comes.
  void make_ready(msghdr& message, std::size_t i) {
    message.msg_name = &from[i];
    message.msg_namelen = sizeof from[i];
    message.msg_iov = &into[i];
    message.msg_iovlen = 1;
    message.msg_control = control[i].bytes.data();
    message.msg_controllen = kControlBytes;
  }
};

base::Result<std::unique_ptr<Datagrams>> Datagrams::open(Loop& loop, const base::Endpoint& endpoint, Answer answer) {
  sockaddr_storage address;
  const socklen_t length = endpoint.to_sockaddr(address);
  const std::string what = "listen on " + endpoint.text() + " (UDP)";
  base::OwnedFd fd(::socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::system_error(errno, what);
  const bool is_v4 = endpoint.address().is_v4();
  if (!is_v4) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes);
  const bool is_set =
      set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT) &&
      (is_v4 ? set_option(fd.get(), IPPROTO_IP, IP_PKTINFO) : set_option(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO));
  // Answers may be cut into fragments on their way, and no path's MTU is learned from what strangers say
  // (draft-ietf-dnsop-avoid-fragmentation has why that is forged).
  if (is_v4) set_option(fd.get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  if (!is_set || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) {
    return base::system_error(errno, what);
  }
  sockaddr_storage bound;
  socklen_t bound_length = sizeof bound;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &bound_length) != 0) {
    return base::system_error(errno, what);
  }
  base::Endpoint found = base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&bound), bound_length);
  return std::unique_ptr<Datagrams>(new Datagrams(loop, fd.take(), std::move(found), std::move(answer)));
}

Datagrams::Datagrams(Loop& loop, int fd, base::Endpoint endpoint, Answer answer)
    : fd_(fd), endpoint_(std::move(endpoint)), answer_(std::move(answer)), batch_(new Batch) {
  event_assign(
      &event_, loop.base(), fd_, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Datagrams*>(self)->on_readable(); }, this);
  event_add(&event_, nullptr);
}

Datagrams::~Datagrams() {
  event_del(&event_);
  ::close(fd_);
}

void Datagrams::answer_all(std::size_t count) {
  Batch& batch = *batch_;
  unsigned answers = 0;
  for (std::size_t i = 0; i < count; ++i) {
    msghdr& message = batch.received[i].msg_hdr;
    const base::Endpoint from =
        base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&batch.from[i]), message.msg_namelen);
    std::array<char, kAnswerBytesMax>& room = batch.answers[answers];
    const std::size_t bytes = answer_({batch.questions[i].data(), batch.received[i].msg_len}, from, room);
    if (bytes != 0) {
      forget_interface(message);
      batch.out_of[answers] = {room.data(), bytes};
      batch.to_send[answers] = {message, 0};
      batch.to_send[answers].msg_hdr.msg_iov = &batch.out_of[answers];
      batch.to_send[answers].msg_hdr.msg_flags = 0;
      ++answers;
    }
    batch.make_ready(message, i);
  }
  for (unsigned sent = 0; sent < answers;) {
    const int now = ::sendmmsg(fd_, batch.to_send.data() + sent, answers - sent, MSG_DONTWAIT);
    if (now > 0) {
      sent += static_cast<unsigned>(now);
      figures_.sent.add(static_cast<std::uint64_t>(now));
      continue;
    }
    if (now < 0 && errno == EINTR) continue;
    figures_.unsent.add();  // the first of them; the others may have a way
    ++sent;
  }
}

void Datagrams::on_readable() {
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const int count = ::recvmmsg(fd_, batch_->received.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;  // EAGAIN, or an error that was an earlier datagram's
    figures_.received.add(static_cast<std::uint64_t>(count));
    answer_all(static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < kBatch) return;
  }
}

}  // namespace headgate::net
