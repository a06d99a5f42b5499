#include "net/tls/resumption.h"

#include <gmock/gmock.h>
#include <openssl/err.h>

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
using base::x509::Freer;
using net::testing::run_task;
using net::testing::StreamPair;
using testing::contexts_of;
using testing::Peer;
using testing::some_settings;
using OwnedSession = std::unique_ptr<SSL_SESSION, Freer<SSL_SESSION_free>>;

/// A client that keeps its session from one connection to the next.
class Client {
 public:
  explicit Client(int version, bool tickets = true) : version_(version), tickets_(tickets) {}

  std::string ticket() const {
    const unsigned char* bytes = nullptr;
    std::size_t length = 0;
    SSL_SESSION_get0_ticket(session_.get(), &bytes, &length);
    return {reinterpret_cast<const char*>(bytes), length};
  }

  /// Connects, and says whether the server took up the session again.
  bool resumes(const std::shared_ptr<const ServerContexts>& contexts, const std::string& name = "a.example") {
    Loop loop;
    StreamPair pair = StreamPair::tcp();
    Peer peer = Peer::client(pair.peer, name, [this](SSL_CTX* context) {
      SSL_CTX_set_min_proto_version(context, version_);
      SSL_CTX_set_max_proto_version(context, version_);
      if (!tickets_) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    });
    if (session_) SSL_set_session(peer.ssl.get(), session_.get());
    Socket socket(loop, pair.take_ours());
    std::thread driven([&] {
      EXPECT_TRUE(peer.shake_hands());
      peer.write("x");
      peer.read(1);  // takes the ticket in
      session_.reset(SSL_get1_session(peer.ssl.get()));
      SSL_shutdown(peer.ssl.get());
    });
    const base::Result<void> accepted = run_task(loop, accept(socket, contexts, base::now() + 10s));
    EXPECT_TRUE(accepted);
    const iovec part{const_cast<char*>("y"), 1};
    EXPECT_EQ(socket.write_some({&part, 1}).bytes, 1u);
    driven.join();
    return socket.tls()->resumed();
  }

 private:
  int version_;
  bool tickets_;
  OwnedSession session_;
};

ServerSettings resuming(std::shared_ptr<Sessions> sessions) {
  ServerSettings settings = some_settings();
  settings.resumption.sessions = std::move(sessions);
  return settings;
}

TEST(Resumption, ByTicketsOverAReload) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto sessions = std::make_shared<Sessions>();
    Client client(version);
    EXPECT_FALSE(client.resumes(contexts_of(resuming(sessions))));
    EXPECT_TRUE(client.resumes(contexts_of(resuming(sessions))));
    EXPECT_TRUE(client.resumes(contexts_of(resuming(sessions))));
    EXPECT_EQ(sessions->cache.size(), 0u) << "the client holds them";
    EXPECT_FALSE(client.resumes(contexts_of(resuming(std::make_shared<Sessions>())))) << "keys of another listener";
  }
}

TEST(Resumption, BringsANewTicketInTls13) {
  const auto sessions = std::make_shared<Sessions>();
  Client client(TLS1_3_VERSION);
  EXPECT_FALSE(client.resumes(contexts_of(resuming(sessions))));
  const std::string first = client.ticket();
  EXPECT_TRUE(client.resumes(contexts_of(resuming(sessions))));
  EXPECT_NE(client.ticket(), first);
}

TEST(Resumption, ByTheCacheWithoutTickets) {
  const auto sessions = std::make_shared<Sessions>();
  Client client(TLS1_2_VERSION, false);
  EXPECT_FALSE(client.resumes(contexts_of(resuming(sessions))));
  EXPECT_EQ(sessions->cache.size(), 1u);
  EXPECT_TRUE(client.resumes(contexts_of(resuming(sessions))));
}

TEST(Resumption, WhereTicketsAreOffTheCacheServesBothVersions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto sessions = std::make_shared<Sessions>();
    ServerSettings settings = resuming(sessions);
    settings.resumption.tickets = false;
    Client client(version);
    EXPECT_FALSE(client.resumes(contexts_of(settings)));
    EXPECT_TRUE(client.resumes(contexts_of(settings))) << version;
  }
}

TEST(Resumption, IsOffWhereBothAre) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto sessions = std::make_shared<Sessions>();
    ServerSettings settings = resuming(sessions);
    settings.resumption.tickets = false;
    settings.resumption.cache_max = 0;
    Client client(version);
    EXPECT_FALSE(client.resumes(contexts_of(settings)));
    EXPECT_FALSE(client.resumes(contexts_of(settings)));
    EXPECT_EQ(sessions->cache.size(), 0u);
  }
}

TEST(Resumption, CrossesNoScope) {
  const auto sessions = std::make_shared<Sessions>();
  Client client(TLS1_3_VERSION);
  EXPECT_FALSE(client.resumes(contexts_of(resuming(sessions))));
  // The same keys, but a listener that asks for certificates: what was agreed without one counts for nothing there.
  ServerSettings asking = resuming(sessions);
  asking.client_ca_pem = testing::some_certificate().cert_pem;
  asking.client_must_show = false;
  EXPECT_FALSE(client.resumes(contexts_of(asking)));
}

TEST(Resumption, GoesOnWithAnAdoptedKey) {
  const auto before = std::make_shared<Sessions>();
  const auto after = std::make_shared<Sessions>();
  Client client(TLS1_3_VERSION);
  EXPECT_FALSE(client.resumes(contexts_of(resuming(before))));
  after->tickets.adopt(before->tickets.keys());
  EXPECT_TRUE(client.resumes(contexts_of(resuming(after))));
}

}  // namespace
}  // namespace headgate::net::tls
