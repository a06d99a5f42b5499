#include "net/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/net/no_more_descriptors.h"
#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

using namespace std::chrono_literals;

base::Endpoint endpoint(const std::string& text) {
  return *base::Endpoint::parse(text);
}

/// A client's socket, closed at the end.
class Client {
 public:
  explicit Client(int family = AF_INET) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Client& operator=(Client&&) = delete;
  ~Client() {
    if (fd_ >= 0) ::close(fd_);
  }
  void connect(const base::Endpoint& to) const {
    sockaddr_storage address;
    const socklen_t length = to.to_sockaddr(address);
    ::connect(fd_, reinterpret_cast<sockaddr*>(&address), length);
  }
  bool is_connected_within(int milliseconds) const {
    pollfd waiting{fd_, POLLOUT, 0};
    return ::poll(&waiting, 1, milliseconds) == 1 && waiting.revents == POLLOUT;
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

class ListenerTest : public ::testing::Test {
 protected:
  ~ListenerTest() override {
    for (int fd : accepted_) ::close(fd);
  }
  std::unique_ptr<Acceptor> accept_on(ListeningSocket socket) {
    return std::make_unique<Acceptor>(
        loop_, std::move(socket),
        [this](int fd, const base::Endpoint& peer) {
          accepted_.push_back(fd);
          peers_.push_back(peer);
        },
        [this](int error) { exhausted_.push_back(error); });
  }
  bool accepts(std::size_t so_many) {
    return testing::run_until(loop_, [&] { return accepted_.size() >= so_many; }, 3s);
  }
  std::string socket_path() const {
    return ::testing::TempDir() + "net_listener_" + std::to_string(::getpid()) + "_" +
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  Loop loop_;
  std::vector<int> accepted_;
  std::vector<base::Endpoint> peers_;
  std::vector<int> exhausted_;
};

TEST_F(ListenerTest, AcceptsOnEveryFamily) {
  const std::string path = socket_path();
  for (const std::string& where : {std::string("127.0.0.1:0"), std::string("[::1]:0"), "unix:" + path,
                                   "unix:@headgate_test_" + std::to_string(::getpid())}) {
    SCOPED_TRACE(where);
    accepted_.clear();
    peers_.clear();
    base::Result<ListeningSocket> socket = ListeningSocket::open(endpoint(where));
    ASSERT_TRUE(socket) << socket.error().message;
    const base::Endpoint bound = socket->endpoint();
    if (!bound.is_unix()) {
      EXPECT_NE(bound.port(), 0);
    }
    const std::unique_ptr<Acceptor> acceptor = accept_on(std::move(*socket));
    const Client client(bound.is_unix() ? AF_UNIX : bound.address().is_v4() ? AF_INET : AF_INET6);
    client.connect(bound);
    ASSERT_TRUE(accepts(1));
    EXPECT_NE(::fcntl(accepted_[0], F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(accepted_[0], F_GETFD) & FD_CLOEXEC, 0);
    if (!bound.is_unix()) {
      sockaddr_storage local;
      socklen_t length = sizeof local;
      ::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&local), &length);
      EXPECT_EQ(peers_[0], base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&local), length));
    }
    ::close(accepted_[0]);
  }
  accepted_.clear();
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "the path outlived its socket";
}

TEST_F(ListenerTest, WorkersShareAPort) {
  base::Result<ListeningSocket> one = ListeningSocket::open(endpoint("127.0.0.1:0"));
  ASSERT_TRUE(one);
  const base::Result<ListeningSocket> two = ListeningSocket::open(one->endpoint());
  EXPECT_TRUE(two);
  EXPECT_FALSE(ListeningSocket::check_free(one->endpoint()));
  const base::Result<ListeningSocket> alone = ListeningSocket::open_alone(one->endpoint());
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().message, "listen on " + one->endpoint().text() + ": Address already in use");
}

TEST_F(ListenerTest, APortThatIsLeftIsFreeAgain) {
  base::Endpoint bound;
  {
    base::Result<ListeningSocket> socket = ListeningSocket::open_alone(endpoint("127.0.0.1:0"));
    ASSERT_TRUE(socket);
    bound = socket->endpoint();
  }
  EXPECT_TRUE(ListeningSocket::check_free(bound));
  EXPECT_TRUE(ListeningSocket::open_alone(bound));
}

TEST_F(ListenerTest, TakesOverAPathThatNobodyAnswersOn) {
  const std::string path = socket_path();
  {
    // As a killed process leaves it: bound, closed, never unlinked.
    const int left_over = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address;
    const socklen_t length = endpoint("unix:" + path).to_sockaddr(address);
    ASSERT_EQ(::bind(left_over, reinterpret_cast<sockaddr*>(&address), length), 0);
    ::close(left_over);
  }
  base::Result<ListeningSocket> socket = ListeningSocket::open(endpoint("unix:" + path));
  ASSERT_TRUE(socket) << socket.error().message;
  const base::Result<ListeningSocket> second = ListeningSocket::open(endpoint("unix:" + path));
  ASSERT_FALSE(second);
  EXPECT_EQ(::access(path.c_str(), F_OK), 0) << "a failed open took the living socket's path away";
  {
    const base::Result<ListeningSocket> shared = socket->duplicate();
    EXPECT_TRUE(shared);
  }
  EXPECT_EQ(::access(path.c_str(), F_OK), 0) << "a duplicate took the path away";
}

TEST_F(ListenerTest, ALivingPathWhoseQueueIsFullIsInUse) {
  const std::string path = socket_path();
  const int busy = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage address;
  const socklen_t length = endpoint("unix:" + path).to_sockaddr(address);
  ASSERT_EQ(::bind(busy, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(busy, 0), 0);
  std::vector<Client> waiting;
  for (int i = 0; i < 3; ++i) waiting.emplace_back(AF_UNIX).connect(endpoint("unix:" + path));
  EXPECT_FALSE(ListeningSocket::open(endpoint("unix:" + path)));  // and does not hang
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  ::close(busy);
  ::unlink(path.c_str());
}

TEST_F(ListenerTest, NeverRemovesAFileThatIsNoSocket) {
  const std::string path = socket_path();
  std::ofstream(path) << "precious";
  EXPECT_FALSE(ListeningSocket::open(endpoint("unix:" + path)));
  std::string text;
  std::ifstream(path) >> text;
  EXPECT_EQ(text, "precious");
  ::unlink(path.c_str());
}

TEST_F(ListenerTest, PausesAndResumes) {
  base::Result<ListeningSocket> socket = ListeningSocket::open(endpoint("127.0.0.1:0"));
  const base::Endpoint bound = socket->endpoint();
  const std::unique_ptr<Acceptor> acceptor = accept_on(std::move(*socket));
  acceptor->pause();
  acceptor->pause();
  const Client client;
  client.connect(bound);
  EXPECT_TRUE(client.is_connected_within(1000));  // it waits in the kernel's queue
  testing::run_for(loop_, 20ms);
  EXPECT_TRUE(accepted_.empty());
  acceptor->resume();
  acceptor->resume();
  EXPECT_TRUE(accepts(1));
}

/// While each turn finds as many as it tries for, it tries for more, up to the bound.
TEST_F(ListenerTest, TakesAtMostSoManyInATurn) {
  base::Result<ListeningSocket> socket = ListeningSocket::open(endpoint("127.0.0.1:0"));
  const base::Endpoint bound = socket->endpoint();
  const std::unique_ptr<Acceptor> acceptor = accept_on(std::move(*socket));
  constexpr std::size_t kUntilTheBound = Acceptor::kFullTurnsToGrow * (Acceptor::kAcceptsPerTurn - 1);
  std::vector<Client> clients(kUntilTheBound + 2 * Acceptor::kAcceptsPerTurn);
  for (const Client& client : clients) {
    client.connect(bound);
    ASSERT_TRUE(client.is_connected_within(1000));
  }
  std::size_t most = 0;
  while (accepted_.size() < clients.size()) {
    const std::size_t before = accepted_.size();
    loop_.post([this] { loop_.stop(); });
    loop_.run();
    ASSERT_GT(accepted_.size(), before);
    if (before == 0) EXPECT_EQ(accepted_.size(), 1u);
    most = std::max(most, accepted_.size() - before);
  }
  EXPECT_EQ(most, static_cast<std::size_t>(Acceptor::kAcceptsPerTurn));
}

TEST_F(ListenerTest, OutOfDescriptorsItPausesAndTriesAgain) {
  base::Result<ListeningSocket> socket = ListeningSocket::open(endpoint("127.0.0.1:0"));
  const base::Endpoint bound = socket->endpoint();
  const std::unique_ptr<Acceptor> acceptor = accept_on(std::move(*socket));
  std::vector<Client> clients(2);
  {
    const testing::NoMoreDescriptors limit;
    for (const Client& client : clients) client.connect(bound);
    testing::run_for(loop_, 350ms);
    EXPECT_TRUE(accepted_.empty());
    EXPECT_GE(exhausted_.size(), 2u);
    EXPECT_LE(exhausted_.size(), 4u);  // once a pause, not once a turn
    EXPECT_EQ(exhausted_[0], EMFILE);
  }
  EXPECT_TRUE(accepts(2));  // by itself
}

TEST_F(ListenerTest, PausedWhileOutOfDescriptorsItStaysPaused) {
  base::Result<ListeningSocket> socket = ListeningSocket::open(endpoint("127.0.0.1:0"));
  const base::Endpoint bound = socket->endpoint();
  const std::unique_ptr<Acceptor> acceptor = accept_on(std::move(*socket));
  const Client client;
  {
    const testing::NoMoreDescriptors limit;
    client.connect(bound);
    testing::run_until(loop_, [&] { return !exhausted_.empty(); });
    acceptor->pause();
  }
  testing::run_for(loop_, 2 * Acceptor::kExhaustedPause);
  EXPECT_TRUE(accepted_.empty());
  acceptor->resume();
  EXPECT_TRUE(accepts(1));
}

TEST_F(ListenerTest, TheRestIsTakenBeforeClosingAndNobodyIsReset) {
  base::Result<ListeningSocket> socket = ListeningSocket::open(endpoint("127.0.0.1:0"));
  const base::Endpoint bound = socket->endpoint();
  std::unique_ptr<Acceptor> acceptor = accept_on(std::move(*socket));
  std::vector<Client> in_time(Acceptor::kAcceptsPerTurn + 3);
  for (const Client& client : in_time) client.connect(bound);
  for (const Client& client : in_time) ASSERT_TRUE(client.is_connected_within(1000));
  acceptor->socket().refuse_new_handshakes();
  const Client too_late;
  too_late.connect(bound);
  EXPECT_FALSE(too_late.is_connected_within(50));  // neither accepted nor reset
  acceptor->take_rest();
  EXPECT_EQ(accepted_.size(), in_time.size());
  acceptor.reset();
  for (std::size_t i = 0; i < in_time.size(); ++i) {
    ASSERT_EQ(::send(accepted_[i], "x", 1, MSG_NOSIGNAL), 1);
    char byte;
    pollfd waiting{in_time[i].fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 1000), 1);
    ASSERT_EQ(::recv(in_time[i].fd(), &byte, 1, 0), 1);  // what was sent after the filter still comes through
  }
}

TEST_F(ListenerTest, WhatComesTooLateForOneReachesTheNextOnTheSamePort) {
  base::Result<ListeningSocket> leaving = ListeningSocket::open(endpoint("127.0.0.1:0"));
  ASSERT_TRUE(leaving);
  const base::Endpoint bound = leaving->endpoint();
  std::optional<ListeningSocket> old(std::move(*leaving));
  old->refuse_new_handshakes();
  const Client client;
  client.connect(bound);
  EXPECT_FALSE(client.is_connected_within(20));
  base::Result<ListeningSocket> next = ListeningSocket::open(bound);
  ASSERT_TRUE(next);
  old.reset();
  const std::unique_ptr<Acceptor> acceptor = accept_on(std::move(*next));
  EXPECT_TRUE(accepts(1));  // the SYN that is sent again a second later
}

TEST_F(ListenerTest, AnAdoptedSocketIsReadyForALoop) {
  const base::Result<ListeningSocket> made = ListeningSocket::open(endpoint("127.0.0.1:0"));
  ASSERT_TRUE(made);
  const int fd = ::dup(made->fd());
  ASSERT_EQ(::fcntl(fd, F_SETFL, 0), 0);
  base::Result<ListeningSocket> adopted = ListeningSocket::adopt(fd, Elsewhere::kNowhere);
  ASSERT_TRUE(adopted) << adopted.error().message;
  EXPECT_EQ(adopted->endpoint(), made->endpoint());
  EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST_F(ListenerTest, WhatStaysOpenElsewhereIsNotSpoilt) {
  const base::Result<ListeningSocket> theirs = ListeningSocket::open(endpoint("127.0.0.1:0"));
  ASSERT_TRUE(theirs);
  {
    base::Result<ListeningSocket> ours = ListeningSocket::adopt(::dup(theirs->fd()), Elsewhere::kStaysOpen);
    ASSERT_TRUE(ours);
    base::Result<ListeningSocket> shared = ours->duplicate();
    ASSERT_TRUE(shared);
    shared->refuse_new_handshakes();
  }
  const Client client;
  client.connect(theirs->endpoint());
  EXPECT_TRUE(client.is_connected_within(1000));
}

TEST_F(ListenerTest, APathIsRemovedByWhoeverOwnsItAtTheEnd) {
  const std::string path = ::testing::TempDir() + "owned.sock";
  base::Result<ListeningSocket> first = ListeningSocket::open(endpoint("unix:" + path));
  ASSERT_TRUE(first);
  base::Result<ListeningSocket> second = ListeningSocket::adopt(::dup(first->fd()), Elsewhere::kNowhere);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->endpoint().path(), path);
  {
    const ListeningSocket gone = std::move(*ListeningSocket::adopt(::dup(first->fd()), Elsewhere::kNowhere));
  }
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  second->own_path();
  first->leave_path();
  {
    const ListeningSocket gone = std::move(*first);
  }
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  {
    const ListeningSocket gone = std::move(*second);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace headgate::net
