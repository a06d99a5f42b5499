#include "net/tls/handshake.h"

#include <gmock/gmock.h>
#include <openssl/err.h>

#include <thread>

#include "net/tls/facts.h"
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
using testing::contexts_of;
using testing::credential_of;
using ::testing::HasSubstr;
using testing::Peer;
using testing::some_certificate;
using testing::some_settings;
using Changes = std::function<void(SSL_CTX*)>;

/// One handshake between us as the server and a client of OpenSSL's, and what both made of it.
struct Met {
  Met(const ServerSettings& settings, const std::string& name, const Changes& set_up = {})
      : pair(StreamPair::tcp()), client(Peer::client(pair.peer, name, set_up)), socket(loop, pair.take_ours()) {
    std::thread peer([this] {
      client_done = client.shake_hands();
      if (client_done) client.write("x");  // in TLS 1.3 a client is done before the server has judged it
      ERR_clear_error();
    });
    result = run_task(loop, accept(socket, contexts_of(settings), base::now() + 10s));
    if (!result) ::shutdown(socket.fd(), SHUT_RDWR);
    peer.join();
  }
  const Facts& facts() const { return *socket.tls(); }

  Loop loop;
  StreamPair pair;
  Peer client;
  Socket socket;
  bool client_done = false;
  base::Result<void> result;
};

TEST(Accept, KnowsWhatWasAgreed) {
  ServerSettings settings = some_settings();
  settings.protocol.alpn = {"h2", "http/1.1"};
  const Met met(settings, "A.Example", [](SSL_CTX* context) {
    const std::string wire = alpn_wire({"http/1.1", "h2"});
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(wire.data()), 12);
  });
  ASSERT_TRUE(met.result) << met.result.error().message;
  EXPECT_EQ(met.facts().alpn(), "h2") << "in the server's order";
  EXPECT_EQ(met.facts().server_name(), "A.Example");
  EXPECT_EQ(met.facts().version(), "TLSv1.3");
  EXPECT_THAT(std::string(met.facts().cipher()), HasSubstr("TLS_AES"));
  EXPECT_FALSE(met.facts().resumed());
  EXPECT_FALSE(met.facts().peer_verified());
  EXPECT_EQ(met.facts().peer_certificate(), nullptr);
  EXPECT_EQ(met.facts().failure(), Failure::kNone);
}

TEST(Accept, SpeaksTls12WithForwardSecrecy) {
  const Met met(some_settings(), "", [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); });
  ASSERT_TRUE(met.result) << met.result.error().message;
  EXPECT_EQ(met.facts().version(), "TLSv1.2");
  EXPECT_THAT(std::string(met.facts().cipher()), HasSubstr("ECDHE-ECDSA"));
  EXPECT_EQ(met.facts().alpn(), "");
  EXPECT_EQ(met.facts().server_name(), "");
}

TEST(Accept, ChoosesTheCheapestCipherUnlessTheClientHasNoAes) {
  const auto offering = [](const char* suites) {
    return [suites](SSL_CTX* context) { SSL_CTX_set_ciphersuites(context, suites); };
  };
  const Met usual(some_settings(), "", offering("TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"));
  ASSERT_TRUE(usual.result) << usual.result.error().message;
  EXPECT_EQ(usual.facts().cipher(), "TLS_AES_128_GCM_SHA256");
  const Met phone(some_settings(), "", offering("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"));
  ASSERT_TRUE(phone.result) << phone.result.error().message;
  EXPECT_EQ(phone.facts().cipher(), "TLS_CHACHA20_POLY1305_SHA256");
}

void expect_failure(const Met& met, Failure failure, const std::string& text) {
  ASSERT_FALSE(met.result);
  EXPECT_THAT(met.result.error().message, HasSubstr(text));
  EXPECT_EQ(met.result.error().fault, base::Fault::kClient);
  EXPECT_EQ(met.facts().failure(), failure) << name_of(met.facts().failure());
}

TEST(Accept, RefusesOldVersions) {
  const Met met(some_settings(), "", [](SSL_CTX* context) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  });
  expect_failure(met, Failure::kVersion, "no version of TLS that is allowed");
}

TEST(Accept, SaysWhenThereIsNoCipherInCommon) {
  const Met met(some_settings(), "", [](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, "AES128-SHA");
  });
  expect_failure(met, Failure::kNoSharedCipher, "no cipher, key exchange or signature in common");
}

TEST(Accept, SaysWhenThereIsNoProtocolInCommon) {
  ServerSettings settings = some_settings();
  settings.protocol.alpn = {"h2"};
  const Met met(settings, "", [](SSL_CTX* context) {
    SSL_CTX_set_alpn_protos(context,
                            reinterpret_cast<const unsigned char*>("\x03"
                                                                   "foo"),
                            4);
  });
  expect_failure(met, Failure::kNoProtocol, "ALPN");
}

TEST(Accept, SaysThatTheClientDoesNotTrustIt) {
  const Met met(some_settings(), "a.example",
                [](SSL_CTX* context) { SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr); });
  expect_failure(met, Failure::kRefusedByPeer, "alert 'unknown CA'");
}

base::Result<void> accepted(Loop& loop, Socket& socket, base::Duration patience, std::string_view received = {}) {
  return run_task(loop, accept(socket, contexts_of(some_settings()), base::now() + patience, received));
}

TEST(Accept, KnowsPlainHttpFromNoise) {
  for (const auto& [bytes, text] : {std::pair("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "plain HTTP"),
                                    std::pair("SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak TLS")}) {
    Loop loop;
    StreamPair pair = StreamPair::tcp();
    Socket socket(loop, pair.take_ours());
    pair.send(bytes);
    const base::Result<void> result = accepted(loop, socket, 10s);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr(text));
    EXPECT_EQ(socket.tls()->failure(), Failure::kNotTls);
  }
}

TEST(Accept, EndsWhenTheClientIsSlowOrGone) {
  Loop loop;
  StreamPair slow = StreamPair::tcp();
  Socket first(loop, slow.take_ours());
  slow.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  const base::Result<void> late = accepted(loop, first, 50ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, base::ErrorKind::kTimeout);
  EXPECT_EQ(first.tls()->failure(), Failure::kTimeout);

  StreamPair gone = StreamPair::tcp();
  Socket second(loop, gone.take_ours());
  gone.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  gone.close_peer();
  const base::Result<void> closed = accepted(loop, second, 10s);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().kind, base::ErrorKind::kEof);
  EXPECT_EQ(second.tls()->failure(), Failure::kClosed);
}

TEST(Accept, TakesBytesThatWereReadAlready) {
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  Peer client = Peer::client(pair.peer, "a.example");
  Socket socket(loop, pair.take_ours());
  std::thread peer([&] {
    EXPECT_TRUE(client.shake_hands());
    client.write("hello");
  });
  // As a PROXY header's reader would leave them: some of the client's first bytes.
  char early[100];
  std::size_t bytes = 0;
  EXPECT_TRUE(net::testing::run_until(loop, [&] {
    const IoResult got = socket.read_some(early);
    bytes = got.status == IoStatus::kOk ? got.bytes : 0;
    return bytes > 0;
  }));
  const base::Result<void> result = accepted(loop, socket, 10s, {early, bytes});
  peer.join();
  ASSERT_TRUE(result) << result.error().message;
  char out[16];
  EXPECT_TRUE(net::testing::run_until(loop, [&] { return socket.read_some(out).status == IoStatus::kOk; }));
}

class ClientCertificates : public ::testing::Test {
 protected:
  ServerSettings settings(bool must_show) const {
    ServerSettings out = some_settings();
    out.client_ca_pem = ca_.cert_pem;
    out.client_must_show = must_show;
    return out;
  }
  static Changes showing(const Issued& issued) {
    return [issued](SSL_CTX* context) {
      const SharedCredential credential = credential_of(issued);
      SSL_CTX_use_cert_and_key(context, credential->certificate(), credential->key(), nullptr, 1);
    };
  }
  const Issued ca_ = issue({.common_name = "clients", .is_ca = true});
};

TEST_F(ClientCertificates, AreVerifiedAndDescribed) {
  const Met met(settings(true), "", showing(issue({.common_name = "Ada, Gräfin", .by = &ca_})));
  ASSERT_TRUE(met.result) << met.result.error().message;
  EXPECT_TRUE(met.facts().peer_verified());
  const PeerCertificate* shown = met.facts().peer_certificate();
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown->subject, "CN=Ada\\, Gräfin,O=Example");
  EXPECT_EQ(shown->issuer, "CN=clients,O=Example");
  EXPECT_EQ(shown->fingerprint.size(), 64u);
  EXPECT_FALSE(shown->serial.empty());
  EXPECT_EQ(met.facts().peer_certificate(), shown);
}

TEST_F(ClientCertificates, MustBeShownWhereTheyAreRequired) {
  expect_failure(Met(settings(true), ""), Failure::kNoCertificate, "shows no certificate");
  const Met met(settings(false), "");
  ASSERT_TRUE(met.result);
  EXPECT_FALSE(met.facts().peer_verified());
}

TEST_F(ClientCertificates, OfOthersOrOutOfTimeAreRefused) {
  const Issued stranger = issue({.common_name = "mallory"});
  for (const bool must_show : {true, false}) {
    expect_failure(Met(settings(must_show), "", showing(stranger)), Failure::kBadCertificate,
                   "certificate is signed by itself, and not trusted");
  }
  const Issued old = issue({.common_name = "ada", .days_before = 9, .days_after = -1, .by = &ca_});
  expect_failure(Met(settings(true), "", showing(old)), Failure::kBadCertificate, "certificate has expired");
}

/// Us as the client of a server of OpenSSL's.
base::Result<void> connect_to(const Issued& shown, const std::string& name, const ClientSettings& settings,
                              const Changes& set_up = {}) {
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  Peer server = Peer::server(pair.peer, shown, set_up);
  auto socket = std::make_unique<Socket>(loop, pair.take_ours());
  std::thread peer([&] {
    server.shake_hands();
    ERR_clear_error();
  });
  base::Result<void> result = run_task(loop, connect(*socket, *ClientContext::make(settings), name, base::now() + 10s));
  socket.reset();
  peer.join();
  return result;
}

TEST(Connect, VerifiesWhomItTalksTo) {
  ClientSettings settings;
  settings.ca_pem = some_certificate().cert_pem;
  const base::Result<void> good = connect_to(some_certificate(), "a.example", settings);
  EXPECT_TRUE(good) << good.error().message;
  const base::Result<void> other = connect_to(some_certificate(), "b.example", settings);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("the peer's certificate is for other names: a.example"));
  EXPECT_EQ(other.error().fault, base::Fault::kUpstream);
  const base::Result<void> untrusted = connect_to(issue({.dns = {"a.example"}}), "a.example", settings);
  ASSERT_FALSE(untrusted);
  EXPECT_THAT(untrusted.error().message, HasSubstr("certificate is signed by itself, and not trusted"));
  settings.verify = false;
  EXPECT_TRUE(connect_to(issue({.dns = {"a.example"}}), "b.example", settings));
}

TEST(Connect, SaysWhyItDoesNotBelieve) {
  const Issued root = issue({.common_name = "root", .is_ca = true});
  ClientSettings settings;
  settings.ca_pem = root.cert_pem;
  const auto why = [&settings](const Issued& shown) {
    const base::Result<void> result = connect_to(shown, "a.example", settings);
    return result ? "" : result.error().message;
  };
  const Issued old = issue({.dns = {"a.example"}, .days_before = 9, .days_after = -1, .by = &root});
  EXPECT_THAT(why(old), HasSubstr("TLS handshake: the peer's certificate has expired, on 2"));
  const Issued early = issue({.dns = {"a.example"}, .days_before = -1, .by = &root});
  EXPECT_THAT(why(early), HasSubstr("the peer's certificate is not valid before 2"));
  const Issued stranger = issue({.common_name = "stranger", .is_ca = true});
  EXPECT_THAT(why(issue({.dns = {"a.example"}, .by = &stranger})),
              HasSubstr("the peer's certificate is signed by an unknown CA: CN=stranger,O=Example"));
  std::vector<std::string> many;
  for (int i = 0; i < 7; ++i) many.push_back(std::to_string(i) + ".example");
  EXPECT_THAT(why(issue({.dns = many, .by = &root})), HasSubstr("0.example, 1.example, 2.example, 3.example, "
                                                                "4.example and 2 more"));
}

TEST(Connect, VerifiesAddressesToo) {
  const Issued shown = issue({.ip = {"192.0.2.7"}});
  ClientSettings settings;
  settings.ca_pem = shown.cert_pem;
  EXPECT_TRUE(connect_to(shown, "192.0.2.7", settings));
  EXPECT_FALSE(connect_to(shown, "192.0.2.8", settings));
}

TEST(Connect, ShowsItsCertificateWhenAsked) {
  const Issued own = issue({.common_name = "gate"});
  ClientSettings settings;
  settings.ca_pem = some_certificate().cert_pem;
  settings.credential = credential_of(own);
  std::string seen;
  const base::Result<void> result = connect_to(some_certificate(), "a.example", settings, [&](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace headgate::net::tls
