#include "proxy/binds.h"

#include <gmock/gmock.h>

#include "tests/unit/proxy/configured.h"

namespace headgate::proxy {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kRoutes = "routes: [{ respond: {} }]\n";

std::shared_ptr<const config::Config> listening(std::string_view listeners) {
  return configured("workers: 1\nlisteners:\n" + std::string(listeners) + std::string(kRoutes));
}

/// Where one bind has come to listen, said as the file would say it.
std::string address_of(const Binds& binds, std::size_t index = 0) {
  return std::next(binds.endpoints().begin(), static_cast<std::ptrdiff_t>(index))->second.text();
}

TEST(Binds, OpensASocketForEachWorkerAtOnePort) {
  Binds binds(3);
  const base::Result<Binds::Change> change = binds.open(*listening("  a: { bind: 127.0.0.1:0 }\n"));
  ASSERT_TRUE(change) << change.error().message;
  ASSERT_THAT(change->opened, SizeIs(3));
  const base::Endpoint endpoint = change->opened[0].front().socket.endpoint();
  EXPECT_NE(endpoint.port(), 0);
  for (const std::vector<BoundSocket>& worker : change->opened) {
    ASSERT_THAT(worker, SizeIs(1));
    EXPECT_EQ(worker.front().socket.endpoint(), endpoint);
  }
}

TEST(Binds, AnyNumberOfBindsMayAskForAnyPort) {
  Binds binds(1);
  const auto config = listening("  a: { bind: [127.0.0.1:0, 127.0.0.1:0] }\n  b: { bind: 127.0.0.1:0 }\n");
  base::Result<Binds::Change> change = binds.open(*config);
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_THAT(change->opened[0], SizeIs(3));
  EXPECT_THAT(change->endpoints, SizeIs(3));
  binds.commit(*change);
  EXPECT_FALSE(binds.has_new(*config));
  const base::Result<Binds::Change> again = binds.open(*config);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->opened[0], SizeIs(0));
  EXPECT_THAT(again->listener_of, SizeIs(3));
}

TEST(Binds, WhatStaysIsNotOpenedAgainUnderAnotherName) {
  Binds binds(1);
  base::Result<Binds::Change> first = binds.open(*listening("  a: { bind: 127.0.0.1:0 }\n"));
  ASSERT_TRUE(first);
  const std::string address = first->opened[0].front().socket.endpoint().text();
  Binds fixed(1);
  first->opened[0].clear();
  base::Result<Binds::Change> change = fixed.open(*listening("  a: { bind: '" + address + "' }\n"));
  ASSERT_TRUE(change) << change.error().message;
  fixed.commit(*change);
  const auto renamed = listening("  x: { bind: 127.0.0.1:0 }\n  b: { bind: '" + address + "' }\n");
  const base::Result<Binds::Change> next = fixed.open(*renamed);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_THAT(next->opened[0], SizeIs(1));
  EXPECT_EQ(next->listener_of.at(address), 1u);
}

TEST(Binds, AnErrorLeavesNothingOpen) {
  const base::Result<net::ListeningSocket> taken =
      net::ListeningSocket::open_alone(*base::Endpoint::parse("127.0.0.1:0"));
  ASSERT_TRUE(taken);
  const std::string busy = taken->endpoint().text();
  std::string free;
  {
    const base::Result<net::ListeningSocket> probe =
        net::ListeningSocket::open_alone(*base::Endpoint::parse("127.0.0.1:0"));
    free = probe->endpoint().text();
  }
  Binds binds(2);
  const auto config = listening("  a: { bind: '" + free + "' }\n  b: { bind: '" + busy + "' }\n");
  const base::Result<Binds::Change> change = binds.open(*config);
  ASSERT_FALSE(change);
  EXPECT_THAT(change.error().message, HasSubstr("listener b: listen on " + busy));
  EXPECT_TRUE(net::ListeningSocket::check_free(*base::Endpoint::parse(free)));
  EXPECT_THAT(binds.endpoints(), SizeIs(0));
}

TEST(Binds, AnotherDaemonsPortIsNotShared) {
  Binds one(1);
  const base::Result<Binds::Change> first = one.open(*listening("  a: { bind: 127.0.0.1:0 }\n"));
  ASSERT_TRUE(first);
  const std::string address = first->opened[0].front().socket.endpoint().text();
  Binds other(1);
  const base::Result<Binds::Change> second = other.open(*listening("  a: { bind: '" + address + "' }\n"));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(Binds, OneOfOurOwnMayGiveWayToANarrowerOne) {
  Binds binds(1);
  const base::Result<Binds::Change> wide = binds.open(*listening("  a: { bind: 0.0.0.0:0 }\n"));
  ASSERT_TRUE(wide);
  binds.commit(*wide);
  const base::Endpoint open = *base::Endpoint::parse(address_of(binds));
  const std::string narrow = "127.0.0.1:" + std::to_string(open.port());
  const base::Result<Binds::Change> change = binds.open(*listening("  a: { bind: '" + narrow + "' }\n"));
  EXPECT_TRUE(change) << change.error().message;
}

TEST(Binds, WhatTheFileNamesNoMoreIsForgotten) {
  Binds binds(1);
  const auto two = listening("  a: { bind: 127.0.0.1:0 }\n  b: { bind: 127.0.0.1:0 }\n");
  base::Result<Binds::Change> change = binds.open(*two);
  ASSERT_TRUE(change);
  binds.commit(*change);
  const auto one = listening("  a: { bind: 127.0.0.1:0 }\n");
  EXPECT_FALSE(binds.has_new(*one));
  change = binds.open(*one);
  ASSERT_TRUE(change);
  binds.commit(*change);
  EXPECT_THAT(binds.endpoints(), SizeIs(1));
  EXPECT_TRUE(binds.has_new(*two));
}

/// The predecessor's sockets of one bind, one for each of its workers; the address is in `text`.
std::vector<InheritedSocket> inherited_from(std::size_t workers, std::string& text) {
  std::vector<InheritedSocket> sockets;
  base::Endpoint endpoint = *base::Endpoint::parse("127.0.0.1:0");
  for (std::size_t i = 0; i < workers; ++i) {
    base::Result<net::ListeningSocket> socket = net::ListeningSocket::open(endpoint);
    if (!socket) base::invariant_broken("no socket");
    endpoint = socket->endpoint();
    sockets.push_back({endpoint.text(), i, std::move(*socket)});
  }
  text = endpoint.text();
  return sockets;
}

/// A listener of protocol: dns has no routes.
std::shared_ptr<const config::Config> answering(std::string_view bind) {
  return configured("workers: 2\nlisteners:\n  n: { protocol: dns, zones: [a.example], bind: " + std::string(bind) +
                    " }\ndns: { zones: { a.example: { ns: ns.b.example } } }\n");
}

TEST(Binds, ADnsListenerTakesDatagramsAtTheSamePort) {
  Binds binds(2);
  const auto config = answering("127.0.0.1:0");
  base::Result<Binds::Change> change = binds.open(*config);
  ASSERT_TRUE(change) << change.error().message;
  ASSERT_THAT(change->opened[1], SizeIs(2));
  EXPECT_FALSE(change->opened[1][0].socket.is_datagram());
  EXPECT_TRUE(change->opened[1][1].socket.is_datagram());
  const base::Endpoint endpoint = change->opened[1][0].socket.endpoint();
  EXPECT_EQ(change->opened[1][1].socket.endpoint(), endpoint);
  EXPECT_TRUE(binds.has_new(*config));
  binds.commit(*change);
  EXPECT_FALSE(binds.has_new(*config));
  EXPECT_EQ(binds.sockets_of(0), 2u);
  EXPECT_THAT(binds.open(*config)->opened[0], SizeIs(0));

  Binds strangers(1);
  const base::Result<Binds::Change> refused = strangers.open(*answering(endpoint.text()));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("listener n: listen on " + endpoint.text()));
  for (std::vector<BoundSocket>& worker : change->opened) worker.erase(worker.begin());
  const base::Result<Binds::Change> half = strangers.open(*answering(endpoint.text()));
  ASSERT_FALSE(half) << "its datagrams are another's";
  EXPECT_THAT(half.error().message, HasSubstr(" (UDP): "));
}

TEST(Binds, FewerWorkersTakeAllThatTheirPredecessorHad) {
  std::string address;
  GivenSockets given({}, inherited_from(5, address));
  Binds binds(2, &given);
  const base::Result<Binds::Change> change = binds.open(*listening("  a: { bind: '" + address + "' }\n"));
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_THAT(change->opened[0], SizeIs(3));
  EXPECT_THAT(change->opened[1], SizeIs(2));
  EXPECT_THAT(change->lacking, SizeIs(0));
  EXPECT_THAT(given.not_taken(), SizeIs(0));
  binds.commit(*change);
  EXPECT_EQ(binds.sockets_of(0), 3u);
  EXPECT_EQ(binds.sockets_of(1), 2u);
}

TEST(Binds, MoreWorkersOpenTheirsLater) {
  std::string address;
  GivenSockets given({}, inherited_from(1, address));
  Binds binds(3, &given);
  base::Result<Binds::Change> change = binds.open(*listening("  a: { bind: '" + address + "' }\n"));
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_THAT(change->opened[1], SizeIs(0));
  EXPECT_THAT(change->lacking, SizeIs(2));
  binds.open_lacking(*change);
  ASSERT_THAT(change->opened[2], SizeIs(1));
  EXPECT_EQ(change->opened[2].front().socket.endpoint().text(), address);
  binds.commit(*change);
  EXPECT_EQ(binds.sockets_of(2), 1u);
}

TEST(Binds, WhatTheFileHasNoMoreIsNotTaken) {
  std::string address;
  GivenSockets given({}, inherited_from(2, address));
  Binds binds(2, &given);
  const base::Result<Binds::Change> change = binds.open(*listening("  a: { bind: 127.0.0.1:0 }\n"));
  ASSERT_TRUE(change);
  EXPECT_THAT(change->given, SizeIs(0));
  EXPECT_THAT(given.not_taken(), testing::ElementsAre(address));
}

}  // namespace
}  // namespace headgate::proxy
