#include "net/datagrams.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/owned_fd.h"
#include "tests/unit/net/no_more_descriptors.h"
#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

/// One who asks by UDP.
class Asker {
 public:
  explicit Asker(const char* address) {
    const base::Endpoint own(*base::IpAddress::parse(address), 0);
    sockaddr_storage bytes;
    const socklen_t length = own.to_sockaddr(bytes);
    fd_ = base::OwnedFd(::socket(bytes.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&bytes), length), 0);
  }
  void ask(const std::string& question, const base::Endpoint& where) const {
    sockaddr_storage bytes;
    const socklen_t length = where.to_sockaddr(bytes);
    const ssize_t sent =
        ::sendto(fd_.get(), question.data(), question.size(), 0, reinterpret_cast<sockaddr*>(&bytes), length);
    EXPECT_EQ(sent, static_cast<ssize_t>(question.size()));
  }
  /// What has come, and from where; nothing if nothing has.
  std::optional<std::pair<std::string, base::Endpoint>> take() const {
    char bytes[8192];
    sockaddr_storage from;
    socklen_t length = sizeof from;
    const ssize_t got =
        ::recvfrom(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0) return std::nullopt;
    return std::pair(std::string(bytes, static_cast<std::size_t>(got)),
                     base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&from), length));
  }
  /// How many have come.
  std::size_t take_all() const {
    std::size_t count = 0;
    while (take()) ++count;
    return count;
  }

 private:
  base::OwnedFd fd_;
};

std::size_t repeat(std::string_view question, const base::Endpoint&, std::span<char> answer) {
  if (question == "silence") return 0;
  return question.copy(answer.data(), answer.size());
}

class DatagramsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Datagrams> open(const char* address, Datagrams::Answer answer = repeat) {
    auto opened = ListeningSocket::open_datagrams(base::Endpoint(*base::IpAddress::parse(address), 0));
    EXPECT_TRUE(opened) << opened.error().message;
    return std::make_unique<Datagrams>(loop_, std::move(*opened), std::move(answer), [this] { ++unsent_; });
  }
  base::Endpoint at(const char* address, Datagrams& server) {
    return {*base::IpAddress::parse(address), server.socket().endpoint().port()};
  }

  /// Asks so many at once, and runs the loop until the turn in which the last of them is answered; false: it is not.
  bool serve(const Asker& asker, Datagrams& server, std::size_t many) {
    for (std::size_t i = 0; i < many; ++i) asker.ask("at once", server.socket().endpoint());
    const base::Time deadline = base::now() + std::chrono::seconds(10);
    for (std::size_t answered = 0; answered < many; answered += asker.take_all()) {
      if (base::now() > deadline) return false;
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
    return true;
  }

  Loop loop_;
  int unsent_ = 0;
};

TEST_F(DatagramsTest, MoreThanABatchIsAnswered) {
  const auto server = open("127.0.0.1");
  const Asker asker("127.0.0.1");
  std::set<std::string> missing;
  for (int i = 0; i < 100; ++i) {
    asker.ask(std::to_string(i), server->socket().endpoint());
    if (i % 10 == 0) asker.ask("silence", server->socket().endpoint());
    missing.insert(std::to_string(i));
  }
  EXPECT_TRUE(testing::run_until(loop_, [&] {
    while (const auto got = asker.take()) missing.erase(got->first);
    return missing.empty();
  }));
  EXPECT_EQ(unsent_, 0);
}

TEST_F(DatagramsTest, ManyAtOnceAreGatheredUntilFewCome) {
  const auto server = open("127.0.0.1");
  const Asker asker("127.0.0.1");
  constexpr std::size_t kMany = Datagrams::kGatherFrom;
  ASSERT_TRUE(serve(asker, *server, kMany - 1));
  EXPECT_FALSE(server->is_gathering());
  ASSERT_TRUE(serve(asker, *server, kMany));
  EXPECT_TRUE(server->is_gathering());
  ASSERT_TRUE(serve(asker, *server, kMany));
  EXPECT_TRUE(server->is_gathering());
  ASSERT_TRUE(serve(asker, *server, kMany - 1));
  EXPECT_FALSE(server->is_gathering());
  ASSERT_TRUE(serve(asker, *server, 1)) << "it looks at the socket again";
  ASSERT_TRUE(serve(asker, *server, kMany));
  EXPECT_TRUE(testing::run_until(loop_, [&] { return !server->is_gathering(); })) << "though nothing comes any more";
}

TEST_F(DatagramsTest, WhereWholeBatchesComeNothingIsGathered) {
  const auto server = open("127.0.0.1");
  const Asker asker("127.0.0.1");
  ASSERT_TRUE(serve(asker, *server, Datagrams::kBatch));
  EXPECT_FALSE(server->is_gathering());
  for (std::size_t i = 0; i < Datagrams::kTurnsUngathered; ++i) {
    ASSERT_TRUE(serve(asker, *server, Datagrams::kGatherFrom));
    EXPECT_FALSE(server->is_gathering()) << i;
  }
  ASSERT_TRUE(serve(asker, *server, Datagrams::kBatch - 1));
  EXPECT_TRUE(server->is_gathering());
}

TEST_F(DatagramsTest, GatheringLooksNowAndThenHowManyComeWithout) {
  const auto server = open("127.0.0.1");
  const Asker asker("127.0.0.1");
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(serve(asker, *server, Datagrams::kGatherFrom));
    for (std::size_t i = 1; i <= Datagrams::kGatherTurns; ++i) {
      EXPECT_TRUE(server->is_gathering()) << i;
      ASSERT_TRUE(serve(asker, *server, Datagrams::kGatherFrom));
    }
    EXPECT_FALSE(server->is_gathering());
  }
}

TEST_F(DatagramsTest, WhatIsGatheredIsAnsweredInTime) {
  const auto server = open("127.0.0.1");
  const Asker asker("127.0.0.1");
  ASSERT_TRUE(serve(asker, *server, Datagrams::kGatherFrom));
  // More than one turn takes: what is left does not wait for another kGatherEvery, nor for ever.
  ASSERT_TRUE(serve(asker, *server, 2 * Datagrams::kPerTurn + 1));
  EXPECT_EQ(unsent_, 0);
}

TEST_F(DatagramsTest, WhatIsGatheredIsAnsweredBeforeItCloses) {
  auto server = open("127.0.0.1");
  const Asker asker("127.0.0.1");
  ASSERT_TRUE(serve(asker, *server, Datagrams::kGatherFrom));
  asker.ask("waits", server->socket().endpoint());
  server->take_rest();
  server.reset();
  EXPECT_EQ(asker.take_all(), 1u);
  testing::run_for(loop_, std::chrono::milliseconds(2));  // its timer is gone as well
}

TEST_F(DatagramsTest, WithoutADescriptorForItsTimerItAnswersAsTheyCome) {
  auto socket = ListeningSocket::open_datagrams(base::Endpoint(*base::IpAddress::parse("127.0.0.1"), 0));
  ASSERT_TRUE(socket);
  const Asker asker("127.0.0.1");
  Loop& loop = loop_;  // to look at an object's type UBSan needs a descriptor itself
  std::optional<Datagrams> server;
  {
    const testing::NoMoreDescriptors limit;
    server.emplace(loop, std::move(*socket), repeat, [] {});
  }
  ASSERT_TRUE(serve(asker, *server, Datagrams::kGatherFrom));
  EXPECT_FALSE(server->is_gathering());
  EXPECT_TRUE(serve(asker, *server, Datagrams::kGatherFrom));
}

TEST_F(DatagramsTest, TheAnswerComesFromTheAddressThatWasAsked) {
  const auto server = open("0.0.0.0");
  const Asker asker("127.0.0.1");
  for (const char* address : {"127.0.0.1", "127.0.0.77"}) {
    asker.ask("who", at(address, *server));
    std::optional<std::pair<std::string, base::Endpoint>> got;
    ASSERT_TRUE(testing::run_until(loop_, [&] { return (got = asker.take()).has_value(); }));
    EXPECT_EQ(got->second, at(address, *server));
  }
}

TEST_F(DatagramsTest, OverIpv6) {
  const auto server = open("::");
  const Asker asker("::1");
  asker.ask("six", at("::1", *server));
  std::optional<std::pair<std::string, base::Endpoint>> got;
  ASSERT_TRUE(testing::run_until(loop_, [&] { return (got = asker.take()).has_value(); }));
  EXPECT_EQ(got->first, "six");
  EXPECT_EQ(got->second, at("::1", *server));
}

TEST_F(DatagramsTest, ItsBounds) {
  bool has_come = false;
  const auto server =
      open("127.0.0.1", [&has_come](std::string_view question, const base::Endpoint& from, std::span<char> answer) {
        has_come = has_come || question.empty();
        return repeat(question, from, answer);
      });
  const Asker asker("127.0.0.1");
  for (const std::size_t bytes : {Datagrams::kQuestionBytesMax, Datagrams::kQuestionBytesMax + 1}) {
    asker.ask(std::string(bytes, 'q'), server->socket().endpoint());
    std::optional<std::pair<std::string, base::Endpoint>> got;
    ASSERT_TRUE(testing::run_until(loop_, [&] { return (got = asker.take()).has_value(); }));
    EXPECT_EQ(got->first.size(), Datagrams::kAnswerBytesMax);
  }
  asker.ask("", server->socket().endpoint());  // is given, and is its user's to judge
  EXPECT_TRUE(testing::run_until(loop_, [&] { return has_come; }));
}

TEST_F(DatagramsTest, WhoAskedIsTold) {
  std::vector<base::Endpoint> askers;
  const auto server = open("127.0.0.1", [&askers](std::string_view, const base::Endpoint& from, std::span<char>) {
    askers.push_back(from);
    return std::size_t{0};
  });
  const Asker asker("127.0.0.9");
  asker.ask("x", server->socket().endpoint());
  ASSERT_TRUE(testing::run_until(loop_, [&] { return askers.size() == 1; }));
  EXPECT_EQ(askers[0].address().text(), "127.0.0.9");
}

TEST_F(DatagramsTest, WorkersShareAPortAndStrangersAreRefused) {
  const auto first = open("127.0.0.1");
  const base::Endpoint port = first->socket().endpoint();
  EXPECT_TRUE(ListeningSocket::open_datagrams(port));
  EXPECT_FALSE(ListeningSocket::check_datagrams_free(port));
  // Connections have ports of their own, of which somebody else may hold the one or other.
  bool is_free_for_connections = false;
  for (int i = 0; i < 10; ++i) {
    is_free_for_connections |= bool(ListeningSocket::check_free(open("127.0.0.1")->socket().endpoint()));
  }
  EXPECT_TRUE(is_free_for_connections);
  const auto nowhere = ListeningSocket::open_datagrams(base::Endpoint(*base::IpAddress::parse("192.0.2.1"), 0));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().message.substr(0, 30), "listen on 192.0.2.1:0 (UDP): C");
}

TEST_F(DatagramsTest, WhatWaitsIsAnsweredBeforeItCloses) {
  auto server = open("127.0.0.1");
  const base::Endpoint where = server->socket().endpoint();
  const Asker asker("127.0.0.1");
  for (int i = 0; i < 70; ++i) asker.ask("waits", where);
  server->take_rest();
  server.reset();
  int answered = 0;
  while (const auto got = asker.take()) {
    ++answered;
  }
  EXPECT_EQ(answered, 70);
}

TEST_F(DatagramsTest, AnotherProcessGoesOnWithTheSameQueue) {
  auto server = open("0.0.0.0");
  const Asker asker("127.0.0.1");
  const base::Endpoint where = at("127.0.0.77", *server);
  auto copy = server->socket().duplicate();
  ASSERT_TRUE(copy);
  const int fd = ::dup(copy->fd());
  asker.ask("waits", where);
  server.reset();
  auto adopted = ListeningSocket::adopt(fd, Elsewhere::kNowhere);
  ASSERT_TRUE(adopted);
  EXPECT_TRUE(adopted->is_datagram());
  const Datagrams next(loop_, std::move(*adopted), repeat, [] {});
  std::optional<std::pair<std::string, base::Endpoint>> got;
  ASSERT_TRUE(testing::run_until(loop_, [&] { return (got = asker.take()).has_value(); }));
  EXPECT_EQ(got->second, where);
}

}  // namespace
}  // namespace headgate::net
