#include "net/tls/known_server.h"

#include <gmock/gmock.h>
#include <openssl/err.h>

#include <memory>
#include <thread>

#include "net/tls/facts.h"
#include "net/tls/handshake.h"
#include "tests/unit/net/run_task.h"
#include "tests/unit/net/stream_pair.h"
#include "tests/unit/net/tls/peer.h"
#include "tests/unit/net/tls/served.h"

namespace headgate::net::tls {
namespace {

using namespace std::chrono_literals;
using headgate::testing::issue;
using headgate::testing::Issued;
using net::testing::run_task;
using net::testing::StreamPair;
using testing::credential_of;
using testing::Peer;
using testing::some_certificate;

ClientSettings believing(const Issued& shown) {
  ClientSettings settings;
  settings.ca_pem = shown.cert_pem;
  return settings;
}

std::shared_ptr<KnownServer> server_of(const ClientSettings& settings) {
  return std::make_shared<KnownServer>(*ClientContext::make(settings), "a.example");
}

Task<WaitStatus> until_readable(Socket& socket) {
  co_return co_await socket.readable(base::now() + 10s);
}

/// One connection to a server of OpenSSL's that remembers its tickets, and an answer over it. Whether it resumed;
/// nothing if the handshake failed.
std::optional<bool> meet(const std::shared_ptr<KnownServer>& known, int version,
                         const Issued& shown = some_certificate()) {
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  Peer server = Peer::server(pair.peer, shown, [version](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, version);
    unsigned char keys[80] = {1, 2, 3};
    SSL_CTX_set_tlsext_ticket_keys(context, keys, sizeof keys);
  });
  auto socket = std::make_unique<Socket>(loop, pair.take_ours());
  std::thread peer([&] {
    if (server.shake_hands()) server.write("x");
    ERR_clear_error();
  });
  const base::Result<void> done = run_task(loop, connect(*socket, known, base::now() + 10s));
  std::optional<bool> resumed;
  if (done) {
    char byte;
    while (socket->read_some({&byte, 1}).status == IoStatus::kWouldBlock) {
      EXPECT_EQ(run_task(loop, until_readable(*socket)), WaitStatus::kReady);
    }
    resumed = socket->tls()->resumed();
  }
  socket.reset();
  peer.join();
  return resumed;
}

class ByVersion : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Versions, ByVersion, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_P(ByVersion, TheSecondConnectionResumesAndTheThirdToo) {
  const std::shared_ptr<KnownServer> known = server_of(believing(some_certificate()));
  EXPECT_EQ(meet(known, GetParam()), false);
  EXPECT_EQ(meet(known, GetParam()), true);
  EXPECT_EQ(meet(known, GetParam()), true);
  known->forget_session();
  EXPECT_EQ(meet(known, GetParam()), false);
}

TEST(KnownServer, ASessionIsOfOneServerAlone) {
  const ClientSettings settings = believing(some_certificate());
  const auto context = *ClientContext::make(settings);
  const auto first = std::make_shared<KnownServer>(context, "a.example");
  const auto second = std::make_shared<KnownServer>(context, "a.example");
  EXPECT_EQ(meet(first, TLS1_3_VERSION), false);
  EXPECT_EQ(meet(second, TLS1_3_VERSION), false);
}

TEST(KnownServer, AFailedHandshakeEndsTheSession) {
  const Issued other = issue({.dns = {"a.example"}});
  const std::shared_ptr<KnownServer> known = server_of(believing(some_certificate()));
  EXPECT_EQ(meet(known, TLS1_3_VERSION), false);
  // Another machine under the same address, which knows no ticket of the first.
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  Peer server = Peer::server(pair.peer, other);
  auto socket = std::make_unique<Socket>(loop, pair.take_ours());
  std::thread peer([&] {
    server.shake_hands();
    ERR_clear_error();
  });
  EXPECT_FALSE(run_task(loop, connect(*socket, known, base::now() + 10s)));
  socket.reset();
  peer.join();
  EXPECT_EQ(meet(known, TLS1_3_VERSION), false);
}

TEST(ClientContext, IsLikeOneOfTheSameSettings) {
  const Issued own = issue({.common_name = "gate"});
  ClientSettings settings = believing(some_certificate());
  settings.credential = credential_of(own);
  const auto made = [](const ClientSettings& from) { return *ClientContext::make(from); };
  const auto first = made(settings);
  ClientSettings again = settings;
  again.credential = credential_of(own);  // read anew, and the same
  EXPECT_TRUE(first->is_like(*made(again)));
  ClientSettings other = settings;
  other.credential = credential_of(issue({.common_name = "gate"}));
  EXPECT_FALSE(first->is_like(*made(other)));
  other = settings;
  other.credential = nullptr;
  EXPECT_FALSE(first->is_like(*made(other)));
  other = settings;
  other.ca_pem += own.cert_pem;
  EXPECT_FALSE(first->is_like(*made(other)));
  other = settings;
  other.verify = false;
  EXPECT_FALSE(first->is_like(*made(other)));
  other = settings;
  other.protocol.alpn = {"h2"};
  EXPECT_FALSE(first->is_like(*made(other)));
}

}  // namespace
}  // namespace headgate::net::tls
