#include "net/socket.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/run_task.h"
#include "tests/unit/net/stream_pair.h"

namespace headgate::net {
namespace {

using namespace std::chrono_literals;
using testing::StreamPair;

struct Ending {
  std::string text;
  IoResult last;
  bool timed_out = false;
};

/// Reads to the end, waiting after every short read without trying again first: what edge triggering must survive.
Task<Ending> read_all(Socket& socket, std::size_t at_once, base::Time deadline) {
  Ending ending;
  std::string bytes(at_once, '\0');
  while (true) {
    const WaitStatus waited = co_await socket.readable(deadline);
    if (waited == WaitStatus::kTimeout) {
      ending.timed_out = true;
      co_return ending;
    }
    const IoResult got = socket.read_some(bytes);
    if (got.status == IoStatus::kWouldBlock) continue;
    ending.last = got;
    if (got.status != IoStatus::kOk) co_return ending;
    ending.text.append(bytes, 0, got.bytes);
  }
}

Task<base::Result<void>> write_text(Socket& socket, std::string text, base::Duration stall) {
  iovec part{text.data(), text.size()};
  const std::span<iovec> parts(&part, 1);
  base::Result<void> written = co_await socket.write_all(parts, stall, base::Fault::kClient);
  co_return written;
}

/// A reader that waits already, so that what the peer does next comes as one event.
Task<Ending> waiting_reader(Socket& socket, base::Duration patience) {
  char byte[1];
  EXPECT_EQ(socket.read_some(byte).status, IoStatus::kWouldBlock);
  Task<Ending> reader = read_all(socket, 4096, base::now() + patience);
  reader.start();
  EXPECT_FALSE(reader.done());
  return reader;
}

class SocketOver : public ::testing::TestWithParam<bool> {
 protected:
  StreamPair make() const { return GetParam() ? StreamPair::tcp() : StreamPair::unix_pair(); }
  Loop loop_;
};
INSTANTIATE_TEST_SUITE_P(Kinds, SocketOver, ::testing::Bool(),
                         [](const auto& param_info) { return param_info.param ? "Tcp" : "Unix"; });

TEST_P(SocketOver, ReadsToTheEndWhateverThePieces) {
  for (const std::size_t at_once : {1u, 3u, 5u, 6u, 4096u}) {
    StreamPair pair = make();
    Socket socket(loop_, pair.take_ours());
    std::thread peer([&pair] {
      for (const char* piece : {"hello ", "hello ", "world"}) {
        pair.send(piece);
        std::this_thread::sleep_for(3ms);
      }
      pair.close_peer();
    });
    const Ending ending = testing::run_task(loop_, read_all(socket, at_once, base::now() + 5s));
    peer.join();
    EXPECT_EQ(ending.text, "hello hello world");
    EXPECT_EQ(ending.last.status, IoStatus::kEnd);
    EXPECT_TRUE(socket.peer_closed());
  }
}

TEST_P(SocketOver, TheEndRightBehindTheBytesIsNotMissed) {
  // Both come as one event, and the short read that follows must not put the reader to sleep for good.
  for (const bool half : {true, false}) {
    StreamPair pair = make();
    Socket socket(loop_, pair.take_ours());
    Task<Ending> reader = waiting_reader(socket, 5s);
    pair.send("last words");
    if (half) {
      ::shutdown(pair.peer, SHUT_WR);
    } else {
      pair.close_peer();
    }
    const base::Time begun = base::now();
    const Ending ending = testing::run_task(loop_, std::move(reader));
    EXPECT_EQ(ending.text, "last words");
    EXPECT_EQ(ending.last.status, IoStatus::kEnd);
    EXPECT_LT(base::now() - begun, 500ms);
  }
}

TEST_P(SocketOver, TheEndBehindTheBytesAfterOurOwnFin) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  socket.shutdown_write();
  testing::run_for(loop_, 2ms);
  Task<Ending> reader = waiting_reader(socket, 500ms);
  pair.send("last words");
  pair.close_peer();
  const Ending ending = testing::run_task(loop_, std::move(reader));
  EXPECT_EQ(ending.text, "last words");
  EXPECT_EQ(ending.last.status, IoStatus::kEnd);
}

TEST(Socket, AResetRightBehindTheBytesIsNoticedSoon) {
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  Socket socket(loop, pair.take_ours());
  Task<Ending> reader = waiting_reader(socket, 10s);
  pair.send("last words");
  pair.reset_peer();
  const base::Time begun = base::now();
  const Ending ending = testing::run_task(loop, std::move(reader));
  EXPECT_EQ(ending.text, "last words");
  EXPECT_EQ(ending.last.status, IoStatus::kFailed);
  EXPECT_EQ(ending.last.error, ECONNRESET);
  EXPECT_LT(base::now() - begun, Socket::kResetNoticedWithin + 500ms);
}

TEST(Socket, AResetWhileWaitingIsTold) {
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  Socket socket(loop, pair.take_ours());
  std::thread peer([&pair] {
    std::this_thread::sleep_for(20ms);
    pair.reset_peer();
  });
  const base::Time begun = base::now();
  const Ending ending = testing::run_task(loop, read_all(socket, 4096, begun + 5s));
  peer.join();
  EXPECT_EQ(ending.last.error, ECONNRESET);
  EXPECT_LT(base::now() - begun, 500ms);
}

TEST_P(SocketOver, ReadingGivesUpAtTheDeadline) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  for (const base::Duration patience : {base::Duration(30ms), base::Duration(Socket::kResetNoticedWithin + 50ms)}) {
    const base::Time deadline = base::now() + patience;
    EXPECT_TRUE(testing::run_task(loop_, read_all(socket, 10, deadline)).timed_out);
    EXPECT_GE(base::now(), deadline);
    EXPECT_LT(base::now(), deadline + 500ms);
  }
  pair.send("x");  // and afterwards it reads as before
  pair.close_peer();
  EXPECT_EQ(testing::run_task(loop_, read_all(socket, 10, base::now() + 5s)).text, "x");
}

TEST_P(SocketOver, AWaitingReaderMayBeDestroyed) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  testing::run_for(loop_, 1ms);
  {
    char byte[1];
    EXPECT_EQ(socket.read_some(byte).status, IoStatus::kWouldBlock);
    Task<Ending> task = read_all(socket, 10, base::now() + 5ms);
    task.start();
  }
  pair.send("x");
  testing::run_for(loop_, 10ms);
  Task<Ending> next = read_all(socket, 10, base::now() + 10ms);
  EXPECT_EQ(testing::run_task(loop_, std::move(next)).text, "x");
}

TEST_P(SocketOver, SilenceIsToldWithoutTakingBytes) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  EXPECT_TRUE(socket.is_silent());
  pair.send("xy");
  testing::run_for(loop_, 3ms);
  EXPECT_FALSE(socket.is_silent());
  EXPECT_FALSE(socket.is_silent());
  char bytes[10];
  EXPECT_EQ(socket.read_some(bytes).bytes, 2u);
  EXPECT_TRUE(socket.is_silent());
  pair.close_peer();
  testing::run_for(loop_, 3ms);
  EXPECT_FALSE(socket.is_silent());
}

TEST(Socket, AResetConnectionIsNotSilent) {
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  Socket socket(loop, pair.take_ours());
  EXPECT_TRUE(socket.is_silent());
  pair.reset_peer();
  testing::run_for(loop, 3ms);
  EXPECT_FALSE(socket.is_silent());
}

TEST_P(SocketOver, WaitsForRoomAndLosesNothing) {
  StreamPair pair = GetParam() ? StreamPair::tcp(4096) : StreamPair::unix_pair();
  Socket socket(loop_, pair.take_ours());
  std::string sent(3'000'000, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 3);
  std::string got;
  std::thread peer([&] {
    std::string bytes(10'000, '\0');
    while (got.size() < sent.size()) {
      const ssize_t n = ::recv(pair.peer, bytes.data(), bytes.size(), 0);
      if (n <= 0) break;
      got.append(bytes, 0, static_cast<std::size_t>(n));
    }
  });
  const base::Result<void> written = testing::run_task(loop_, write_text(socket, sent, 5s));
  peer.join();
  EXPECT_TRUE(written);
  EXPECT_TRUE(got == sent);
}

Task<base::Result<void>> write_parts(Socket& socket, std::vector<iovec> parts) {
  base::Result<void> written = co_await socket.write_all(parts, std::chrono::seconds(5), base::Fault::kClient);
  co_return written;
}

TEST_P(SocketOver, WritesManyPartsEmptyOnesToo) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  std::string letters = "abcdefghij";
  std::vector<iovec> parts;
  for (std::size_t i = 0; i < 200; ++i) parts.push_back({letters.data() + i % 10, i % 3});
  std::string expected;
  for (const iovec& part : parts) expected.append(static_cast<char*>(part.iov_base), part.iov_len);
  EXPECT_TRUE(testing::run_task(loop_, write_parts(socket, parts)));
  std::string got(1000, '\0');
  got.resize(static_cast<std::size_t>(::recv(pair.peer, got.data(), got.size(), 0)));
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(testing::run_task(loop_, write_parts(socket, {})));
}

TEST_P(SocketOver, WritingGivesUpWhenNothingIsTaken) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  const base::Time begun = base::now();
  const base::Result<void> written = testing::run_task(loop_, write_text(socket, std::string(30'000'000, 'x'), 50ms));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, base::ErrorKind::kTimeout);
  EXPECT_EQ(written.error().fault, base::Fault::kClient);
  EXPECT_GE(base::now(), begun + 50ms);
}

TEST_P(SocketOver, WritingToAClosedPeerIsAnErrorNotASignal) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  pair.close_peer();
  base::Result<void> written = testing::run_task(loop_, write_text(socket, "x", 5s));
  if (written) {  // TCP takes the first, and learns of the reset by it
    testing::run_for(loop_, 10ms);
    written = testing::run_task(loop_, write_text(socket, "x", 5s));
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, base::ErrorKind::kReset);
}

TEST_P(SocketOver, AWriterLearnsThatThePeerIsGone) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  std::thread peer([&pair] {
    std::this_thread::sleep_for(20ms);
    pair.close_peer();
  });
  const base::Time begun = base::now();
  const base::Result<void> written = testing::run_task(loop_, write_text(socket, std::string(30'000'000, 'x'), 5s));
  peer.join();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, base::ErrorKind::kReset);
  EXPECT_LT(base::now() - begun, 2s);
}

struct Watched {
  int told = 0;
  HangupWatch watch{[](void* self) { ++static_cast<Watched*>(self)->told; }, this};
};

TEST_P(SocketOver, TheWatchIsToldOfAHangupOnce) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  Watched watched;
  socket.set_hangup_watch(&watched.watch);
  testing::run_for(loop_, 2ms);
  pair.send("early bytes are no hang-up");
  testing::run_for(loop_, 5ms);
  EXPECT_EQ(watched.told, 0);
  pair.close_peer();
  EXPECT_TRUE(testing::run_until(loop_, [&] { return watched.told > 0; }, 1s));
  testing::run_for(loop_, 5ms);
  EXPECT_EQ(watched.told, 1);
  char bytes[100];
  EXPECT_EQ(socket.read_some(bytes).bytes, 26u);  // what came before it is there still
}

TEST(Socket, TheWatchIsToldOfAReset) {
  for (const bool after_bytes : {false, true}) {
    Loop loop;
    StreamPair pair = StreamPair::tcp();
    Socket socket(loop, pair.take_ours());
    Watched watched;
    socket.set_hangup_watch(&watched.watch);
    testing::run_for(loop, 2ms);
    if (after_bytes) pair.send("x");
    pair.reset_peer();
    EXPECT_TRUE(testing::run_until(loop, [&] { return watched.told > 0; }, 1s));
    testing::run_for(loop, 5ms);
    EXPECT_EQ(watched.told, 1);
    char bytes[10];
    if (after_bytes) {
      EXPECT_EQ(socket.read_some(bytes).bytes, 1u);
    }
    EXPECT_EQ(socket.read_some(bytes).error, ECONNRESET);  // looking did not take it
  }
}

TEST_P(SocketOver, ATakenOffWatchIsToldNothing) {
  StreamPair pair = make();
  Socket socket(loop_, pair.take_ours());
  Watched watched;
  socket.set_hangup_watch(&watched.watch);
  socket.set_hangup_watch(nullptr);
  pair.close_peer();
  testing::run_for(loop_, 5ms);
  EXPECT_EQ(watched.told, 0);
  EXPECT_TRUE(socket.peer_closed());
}

TEST(Socket, ResetOnCloseResets) {
  Loop loop;
  StreamPair pair = StreamPair::tcp();
  {
    Socket socket(loop, pair.take_ours());
    socket.reset_on_close();
  }
  char byte;
  EXPECT_EQ(::recv(pair.peer, &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

Task<int> read_then_destroy(std::unique_ptr<Socket> socket) {
  char bytes[10];
  [[maybe_unused]] const WaitStatus waited = co_await socket->readable(base::kNever);
  const IoResult got = socket->read_some(bytes);
  socket.reset();  // inside its own event's callback
  co_return static_cast<int>(got.bytes);
}

TEST_P(SocketOver, MayBeDestroyedByItsReader) {
  StreamPair pair = make();
  auto socket = std::make_unique<Socket>(loop_, pair.take_ours());
  char byte[1];
  EXPECT_EQ(socket->read_some(byte).status, IoStatus::kWouldBlock);
  Task<int> task = read_then_destroy(std::move(socket));
  task.start();
  pair.send("abc");
  EXPECT_EQ(testing::run_task(loop_, std::move(task)), 3);
}

}  // namespace
}  // namespace headgate::net
