#include "net/datagrams.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/result.h"

namespace headgate::net {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo));
static_assert(sizeof(in6_pktinfo) >= sizeof(in_pktinfo));

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
  /// A cache line more than is used: the beginnings of those that lie pages apart would share a few places of the
  /// processor's cache.
  static constexpr std::size_t kApart = 64;
  std::array<std::array<char, kQuestionBytesMax + kApart>, kBatch> questions;
  std::array<std::array<char, kAnswerBytesMax + kApart>, kBatch> answers;
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
      received[i].msg_hdr.msg_name = &from[i];
      received[i].msg_hdr.msg_iov = &into[i];
      received[i].msg_hdr.msg_iovlen = 1;
      make_ready(i);
      to_send[i] = {};
      to_send[i].msg_hdr.msg_iov = &out_of[i];
      to_send[i].msg_hdr.msg_iovlen = 1;
    }
  }

  /// What the kernel changes when a datagram comes.
  void make_ready(std::size_t i) {
    received[i].msg_hdr.msg_namelen = sizeof from[i];
    received[i].msg_hdr.msg_control = control[i].bytes.data();
    received[i].msg_hdr.msg_controllen = kControlBytes;
  }

  /// The answer at `to` of `bytes` bytes goes to who sent the datagram at `i`.
  void send_back(std::size_t i, std::size_t to, std::size_t bytes) {
    msghdr& came = received[i].msg_hdr;
    msghdr& leaves = to_send[to].msg_hdr;
    out_of[to] = {answers[to].data(), bytes};
    leaves.msg_name = came.msg_name;
    leaves.msg_namelen = came.msg_namelen;
    leaves.msg_control = came.msg_control;
    leaves.msg_controllen = came.msg_controllen;
    if (came.msg_controllen != 0) forget_interface(leaves);
  }
};

Datagrams::Datagrams(Loop& loop, ListeningSocket socket, Answer answer, Unsent unsent)
    : socket_(std::move(socket)),
      answer_(std::move(answer)),
      unsent_(std::move(unsent)),
      batch_(new Batch),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  event_assign(
      &readable_, loop.base(), socket_.fd(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Datagrams*>(self)->on_readable(); }, this);
  event_add(&readable_, nullptr);
  event_assign(
      &tick_, loop.base(), timer_.get(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<Datagrams*>(self)->on_tick(); }, this);
}

Datagrams::~Datagrams() {
  event_del(is_gathering_ ? &tick_ : &readable_);
}

void Datagrams::answer_all(std::size_t count) {
  Batch& batch = *batch_;
  unsigned answers = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const base::Endpoint from = base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&batch.from[i]),
                                                              batch.received[i].msg_hdr.msg_namelen);
    const std::span<char> room(batch.answers[answers].data(), kAnswerBytesMax);
    const std::size_t bytes = answer_({batch.questions[i].data(), batch.received[i].msg_len}, from, room);
    if (bytes != 0) batch.send_back(i, answers++, bytes);
    batch.make_ready(i);
  }
  for (unsigned sent = 0; sent < answers;) {
    const int now = ::sendmmsg(socket_.fd(), batch.to_send.data() + sent, answers - sent, MSG_DONTWAIT);
    if (now > 0) {
      sent += static_cast<unsigned>(now);
      continue;
    }
    if (now < 0 && errno == EINTR) continue;
    unsent_();  // the first of them; the others may have a way
    ++sent;
  }
}

std::size_t Datagrams::answer_batch() {
  const int count = ::recvmmsg(socket_.fd(), batch_->received.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count <= 0) return 0;  // EAGAIN, or an error that was an earlier datagram's
  answer_all(static_cast<std::size_t>(count));
  return static_cast<std::size_t>(count);
}

/// After less than a batch the queue is empty, or nearly: to look once more costs as much as the loop's next turn does.
std::size_t Datagrams::answer_turn() {
  std::size_t answered = 0;
  while (answered < kPerTurn) {
    const std::size_t count = answer_batch();
    answered += count;
    if (count < kBatch) break;
  }
  return answered;
}

void Datagrams::on_readable() {
  const std::size_t answered = answer_turn();
  if (answered >= kBatch) {
    turns_left_ = kTurnsUngathered;
  } else if (turns_left_ > 0) {
    --turns_left_;
  } else if (answered >= kGatherFrom && timer_) {
    gather();
  }
}

void Datagrams::on_tick() {
  const std::size_t answered = answer_turn();
  if (answered < kGatherFrom || --turns_left_ == 0) {
    stop_gathering();
  } else {
    set_timer(answered < kPerTurn ? kGatherEvery : base::Duration(1));
  }
}

/// Once, after so long; what it said before is forgotten. 0: never.
void Datagrams::set_timer(base::Duration after) {
  const itimerspec times{{0, 0}, {0, after.count()}};
  if (::timerfd_settime(timer_.get(), 0, &times, nullptr) != 0) base::invariant_broken("a timer cannot be set");
}

/// The loop does not look at the socket meanwhile, so that nothing is woken by what comes there, nor by what has left.
void Datagrams::gather() {
  is_gathering_ = true;
  turns_left_ = kGatherTurns;
  event_del(&readable_);
  set_timer(kGatherEvery);
  event_add(&tick_, nullptr);
}

void Datagrams::stop_gathering() {
  is_gathering_ = false;
  turns_left_ = 0;
  event_del(&tick_);
  set_timer({});
  event_add(&readable_, nullptr);
}

void Datagrams::take_rest() {
  while (answer_batch() != 0) {
  }
}

}  // namespace headgate::net
