#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "net/listener.h"
#include "net/socket.h"
#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

using namespace std::chrono_literals;

TEST(Connect, ReachesAListener) {
  Loop loop;
  const std::string path = ::testing::TempDir() + "net_connect_" + std::to_string(::getpid());
  for (const std::string& where : {std::string("127.0.0.1:0"), std::string("[::1]:0"), "unix:" + path}) {
    base::Result<ListeningSocket> listening = ListeningSocket::open(*base::Endpoint::parse(where));
    ASSERT_TRUE(listening) << where;
    const auto socket = testing::run_task(loop, Socket::connect(loop, listening->endpoint(), base::now() + 5s));
    ASSERT_TRUE(socket) << where;
    const int peer = ::accept4(listening->fd(), nullptr, nullptr, SOCK_CLOEXEC);
    ASSERT_GE(peer, 0);
    iovec hello{const_cast<char*>("hello"), 5};
    EXPECT_EQ((*socket)->write_some({&hello, 1}).bytes, 5u);
    char bytes[10];
    EXPECT_EQ(::recv(peer, bytes, sizeof bytes, 0), 5);
    ::close(peer);
  }
}

TEST(Connect, RefusedUnreachableAndTimedOut) {
  Loop loop;
  const int bound = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(bound, reinterpret_cast<sockaddr*>(&address), length), 0);
  ::getsockname(bound, reinterpret_cast<sockaddr*>(&address), &length);
  const base::Endpoint endpoint = base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&address), length);

  auto refused = testing::run_task(loop, Socket::connect(loop, endpoint, base::now() + 5s));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kRefused);
  EXPECT_EQ(refused.error().fault, base::Fault::kUpstream);
  EXPECT_EQ(refused.error().message, "connect to " + endpoint.text() + ": Connection refused");

  const auto nowhere = *base::Endpoint::parse("unix:/nonexistent/socket");
  auto absent = testing::run_task(loop, Socket::connect(loop, nowhere, base::now() + 5s));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, base::ErrorKind::kUnreachable);

  // A listener whose queue is full drops SYNs.
  ASSERT_EQ(::listen(bound, 0), 0);
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), length);
  }
  const base::Time deadline = base::now() + 100ms;
  auto silent = testing::run_task(loop, Socket::connect(loop, endpoint, deadline));
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().kind, base::ErrorKind::kTimeout);
  EXPECT_GE(base::now(), deadline);
  {
    auto cancelled = Socket::connect(loop, endpoint, base::now() + 5s);
    cancelled.start();
  }
  for (int fd : fillers) ::close(fd);
  ::close(bound);
}

}  // namespace
}  // namespace headgate::net
