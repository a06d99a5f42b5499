#include <gmock/gmock.h>
#include <openssl/err.h>

#include <array>
#include <cerrno>
#include <numeric>
#include <thread>

#include "net/socket.h"
#include "net/tls/facts.h"
#include "net/tls/layer.h"
#include "tests/unit/net/run_task.h"
#include "tests/unit/net/stream_pair.h"
#include "tests/unit/net/tls/peer.h"
#include "tests/unit/net/tls/served.h"

// What goes through a socket once its handshake is done, against OpenSSL at the other end.
namespace headgate::net::tls {
namespace {

using namespace std::chrono_literals;
using net::testing::run_task;
using net::testing::StreamPair;
using testing::contexts_of;
using testing::Peer;
using testing::some_certificate;
using testing::some_settings;

std::string counted(std::size_t bytes) {
  std::string out(bytes, '\0');
  std::iota(out.begin(), out.end(), '\0');
  return out;
}

struct Got {
  std::string text;
  IoResult last;
  bool timed_out = false;
};

/// Reads to the end, waiting whenever the socket says that there is nothing.
Task<Got> read_all(Socket& socket, std::size_t at_once) {
  Got got;
  std::string bytes(at_once, '\0');
  while (true) {
    const WaitStatus waited = co_await socket.readable(socket.loop().now() + 10s);
    got.timed_out = waited == WaitStatus::kTimeout;
    if (got.timed_out) co_return got;
    const IoResult result = socket.read_some(bytes);
    if (result.status == IoStatus::kWouldBlock) continue;
    got.last = result;
    if (result.status != IoStatus::kOk) co_return got;
    got.text.append(bytes, 0, result.bytes);
  }
}

Task<base::Result<void>> write_pieces(Socket& socket, std::vector<std::string> pieces) {
  std::vector<iovec> parts;
  for (std::string& piece : pieces) parts.push_back({piece.data(), piece.size()});
  base::Result<void> written = co_await socket.write_all(parts, 10s, base::Fault::kClient);
  co_return written;
}

Task<WaitStatus> wait_readable(Socket& socket) {
  const WaitStatus waited = co_await socket.readable(socket.loop().now() + 10s);
  co_return waited;
}

/// A socket of ours with a client of OpenSSL's behind it, shaken hands.
class Stream : public ::testing::Test {
 protected:
  void meet(StreamPair pair, const std::function<void(SSL_CTX*)>& set_up = {}) {
    pair_.emplace(std::move(pair));
    peer_ = Peer::client(pair_->peer, "a.example", set_up);
    socket_.emplace(loop_, pair_->take_ours());
    std::thread peer([this] { EXPECT_TRUE(peer_.shake_hands()); });
    const base::Result<void> accepted =
        run_task(loop_, accept(*socket_, contexts_of(some_settings()), base::now() + 10s));
    peer.join();
    ASSERT_TRUE(accepted) << accepted.error().message;
  }

  Loop loop_;
  std::optional<StreamPair> pair_;
  Peer peer_;
  std::optional<Socket> socket_;
};

/// The content lengths of records, as a client receives them.
class RecordLengths {
 public:
  static void watch(SSL* ssl, std::vector<std::size_t>& out) {
    SSL_set_msg_callback(ssl, [](int writes, int, int type, const void* data, std::size_t bytes, SSL*, void* lengths) {
      if (writes == 1 || type != SSL3_RT_HEADER || bytes < 5) return;
      const auto* head = static_cast<const unsigned char*>(data);
      if (head[0] == SSL3_RT_APPLICATION_DATA) {
        static_cast<std::vector<std::size_t>*>(lengths)->push_back(static_cast<std::size_t>(head[3] << 8 | head[4]));
      }
    });
    SSL_set_msg_callback_arg(ssl, &out);
  }
};

TEST_F(Stream, EchoesBothWays) {
  meet(StreamPair::tcp());
  std::thread peer([this] {
    EXPECT_TRUE(peer_.write("hello"));
    EXPECT_EQ(peer_.read(11), "hello world");
    SSL_shutdown(peer_.ssl.get());
  });
  EXPECT_TRUE(run_task(loop_, write_pieces(*socket_, {"hello", " ", "world"})));
  const Got got = run_task(loop_, read_all(*socket_, 4096));
  EXPECT_EQ(got.text, "hello");
  EXPECT_EQ(got.last.status, IoStatus::kEnd);
  EXPECT_FALSE(got.last.was_cut());
  peer.join();
}

TEST_F(Stream, ReadsWhatOpensslHoldsWithoutAnotherEvent) {
  // All of it has come when the first byte is read: the kernel will tell of nothing more.
  for (const std::size_t at_once : {1u, 7u, 1000u, 5000u, 16384u, 70000u}) {
    meet(StreamPair::tcp());
    const std::string sent = counted(40'000);
    std::thread peer([&] {
      for (std::size_t at = 0; at < sent.size(); at += 5000) peer_.write(sent.substr(at, 5000));
      SSL_shutdown(peer_.ssl.get());
    });
    peer.join();
    const Got got = run_task(loop_, read_all(*socket_, at_once));
    EXPECT_FALSE(got.timed_out);
    EXPECT_TRUE(got.text == sent) << at_once;
    EXPECT_EQ(got.last.status, IoStatus::kEnd);
    socket_.reset();
  }
}

TEST_F(Stream, ARecordInTwoPiecesIsReadWhenItIsWhole) {
  meet(StreamPair::unix_pair());
  // What the peer would send, caught in memory.
  BIO* caught = BIO_new(BIO_s_mem());
  BIO_up_ref(caught);
  SSL_set0_wbio(peer_.ssl.get(), caught);
  peer_.write("in one piece");
  char* bytes = nullptr;
  const std::size_t length = static_cast<std::size_t>(BIO_get_mem_data(caught, &bytes));
  const std::string record(bytes, length);
  BIO_free(caught);

  char out[64];
  pair_->send(record.substr(0, 3));
  EXPECT_EQ(socket_->read_some(out).status, IoStatus::kWouldBlock);
  pair_->send(record.substr(3, 10));
  EXPECT_EQ(socket_->read_some(out).status, IoStatus::kWouldBlock);
  std::thread peer([&] { pair_->send(record.substr(13)); });
  const WaitStatus waited = run_task(loop_, wait_readable(*socket_));
  peer.join();
  EXPECT_EQ(waited, WaitStatus::kReady);
  const IoResult got = socket_->read_some(out);
  EXPECT_EQ(std::string_view(out, got.bytes), "in one piece");
  EXPECT_EQ(socket_->read_some(out).status, IoStatus::kWouldBlock);
}

TEST_F(Stream, SlowReadersGetEveryByteOnce) {
  meet(StreamPair::tcp(4096));
  const std::string head = "head\r\n";
  const std::string body = counted(3'000'000);
  std::string received;
  std::thread peer([&] { received = peer_.read(head.size() + body.size() + 7); });
  EXPECT_TRUE(run_task(loop_, write_pieces(*socket_, {head, body, "trailer"})));
  peer.join();
  EXPECT_TRUE(received == head + body + "trailer");
  EXPECT_EQ(loop_.buffers().lent_bytes(), 0u);
}

TEST_F(Stream, NothingIsReportedSentBeforeItIs) {
  meet(StreamPair::tcp(4096));
  const std::string body = counted(1'000'000);
  iovec part{const_cast<char*>(body.data()), body.size()};
  std::size_t reported = 0;
  IoResult last = socket_->write_some({&part, 1});
  while (last.status == IoStatus::kOk) {
    reported += last.bytes;
    part = {const_cast<char*>(body.data()) + reported, body.size() - reported};
    last = socket_->write_some({&part, 1});
  }
  ASSERT_EQ(last.status, IoStatus::kWouldBlock);
  // The kernel is full; asking again changes nothing.
  EXPECT_EQ(socket_->write_some({&part, 1}).status, IoStatus::kWouldBlock);
  EXPECT_GT(loop_.buffers().lent_bytes(), 0u);
  // What was reported is with the kernel: the peer gets it without another call of ours.
  const std::string received = peer_.read(reported);
  EXPECT_TRUE(received.substr(0, reported) == body.substr(0, reported));
}

TEST_F(Stream, FirstRecordsAreSmallAndLaterOnesLarge) {
  meet(StreamPair::tcp());
  std::vector<std::size_t> lengths;
  RecordLengths::watch(peer_.ssl.get(), lengths);
  const std::string body = counted(200'000);
  std::thread peer([&] { EXPECT_TRUE(peer_.read(body.size()) == body); });
  EXPECT_TRUE(run_task(loop_, write_pieces(*socket_, {body})));
  peer.join();
  ASSERT_GT(lengths.size(), 26u);
  if (lengths.front() > 200 && lengths.front() < 300) lengths.erase(lengths.begin());  // the ticket
  const std::size_t small = (Layer::kSmallRecordsBytes + Layer::kSmallRecord - 1) / Layer::kSmallRecord;
  for (std::size_t i = 0; i < small; ++i) EXPECT_LE(lengths[i], Layer::kSmallRecord + 22) << i;
  EXPECT_GT(lengths[small], 16'000u);
  EXPECT_LE(lengths.size(), small + 13);
}

TEST_F(Stream, AShortAnswerIsOneRecord) {
  meet(StreamPair::tcp());
  std::vector<std::size_t> lengths;
  RecordLengths::watch(peer_.ssl.get(), lengths);
  const std::string head(300, 'h');
  const std::string body(2000, 'b');
  std::thread peer([&] { EXPECT_EQ(peer_.read(head.size() + body.size()), head + body); });
  EXPECT_TRUE(run_task(loop_, write_pieces(*socket_, {head, "", body})));
  peer.join();
  EXPECT_EQ(std::count(lengths.begin(), lengths.end(), head.size() + body.size() + 17), 1);
}

TEST_F(Stream, ClosingSaysSo) {
  meet(StreamPair::tcp());
  EXPECT_TRUE(run_task(loop_, write_pieces(*socket_, {"bye"})));
  socket_.reset();
  bool announced = false;
  EXPECT_EQ(peer_.read_to_end(announced), "bye");
  EXPECT_TRUE(announced);
}

TEST_F(Stream, AHalfClosedSocketStillReads) {
  meet(StreamPair::tcp());
  socket_->shutdown_write();
  bool announced = false;
  EXPECT_EQ(peer_.read_to_end(announced), "");
  EXPECT_TRUE(announced);
  peer_.write("still here");
  SSL_shutdown(peer_.ssl.get());
  const Got got = run_task(loop_, read_all(*socket_, 4096));
  EXPECT_EQ(got.text, "still here");
  EXPECT_FALSE(got.last.was_cut());
}

TEST_F(Stream, AnEndThatNobodyAnnouncedIsACut) {
  meet(StreamPair::tcp());
  peer_.write("half of it");
  ::shutdown(pair_->peer, SHUT_WR);
  const Got got = run_task(loop_, read_all(*socket_, 4096));
  EXPECT_EQ(got.text, "half of it");
  EXPECT_EQ(got.last.status, IoStatus::kEnd);
  EXPECT_TRUE(got.last.was_cut());
  char byte[1];
  EXPECT_TRUE(socket_->read_some(byte).was_cut()) << "and stays one";
}

TEST_F(Stream, ADamagedRecordEndsTheConnection) {
  meet(StreamPair::tcp());
  pair_->send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  const Got got = run_task(loop_, read_all(*socket_, 4096));
  EXPECT_EQ(got.last.status, IoStatus::kFailed);
  EXPECT_EQ(got.last.error, EPROTO);
}

TEST_F(Stream, TicketsAndKeyUpdatesAreSilence) {
  StreamPair pair = StreamPair::tcp();
  Peer server = Peer::server(pair.peer, some_certificate());
  Socket socket(loop_, pair.take_ours());
  ClientSettings settings;
  settings.ca_pem = some_certificate().cert_pem;
  std::thread peer([&] {
    EXPECT_TRUE(server.shake_hands());
    SSL_key_update(server.ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(server.ssl.get());
  });
  const base::Result<void> connected =
      run_task(loop_, tls::connect(socket, *ClientContext::make(settings), "a.example", base::now() + 10s));
  peer.join();
  ASSERT_TRUE(connected) << connected.error().message;
  EXPECT_TRUE(net::testing::run_until(loop_, [&] { return socket.is_silent(); }));
  EXPECT_TRUE(run_task(loop_, write_pieces(socket, {"hello"})));
  std::thread answering([&] {
    EXPECT_EQ(server.read(5), "hello");
    server.write("x");
  });
  answering.join();
  EXPECT_TRUE(net::testing::run_until(loop_, [&] { return !socket.is_silent(); }));
  char byte[4];
  EXPECT_EQ(socket.read_some(byte).bytes, 1u);
}

TEST_F(Stream, AnIdleConnectionHoldsNoBuffer) {
  meet(StreamPair::tcp());
  EXPECT_TRUE(run_task(loop_, write_pieces(*socket_, {counted(20'000)})));
  peer_.read(20'000);
  EXPECT_EQ(loop_.buffers().lent_bytes(), 0u);
  EXPECT_FALSE(socket_->can_splice());
}

}  // namespace
}  // namespace headgate::net::tls
