#include "proxy/http/tunnel_relay.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "proxy/message/tunnel_socket.h"
#include "tests/unit/net/run_task.h"
#include "tests/unit/net/stream_pair.h"

namespace headgate::proxy::http {
namespace {

using namespace std::chrono_literals;
using net::testing::run_task;
using net::testing::StreamPair;

/// A far end that says what it is told to, notes what it hears, and can be silent or fail.
class ScriptedEnd final : public message::TunnelEnd {
 public:
  explicit ScriptedEnd(net::Loop& loop, std::vector<std::string> says) : gate_(loop), says_(std::move(says)) {}

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override {
    if (next_ < says_.size()) co_return base::Result<std::string_view>(says_[next_++]);
    if (!is_silent && !ended_) {
      ended_ = true;
      co_return base::Result<std::string_view>(std::string_view());
    }
    const bool opened = co_await gate_.wait(deadline);
    if (opened) co_return base::Result<std::string_view>(std::string_view());
    co_return base::Result<std::string_view>(base::Error{base::ErrorKind::kTimeout, base::Fault::kUpstream, "idle"});
  }
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration) override {
    if (fails_to_write) co_return base::Error{base::ErrorKind::kReset, base::Fault::kUpstream, "gone"};
    heard += bytes;
    co_return base::Result<void>();
  }
  void end_writing() override { no_more = true; }
  void cut() override {
    is_cut = true;
    gate_.open();
  }

  std::string heard;
  bool no_more = false;
  bool is_cut = false;
  bool is_silent = false;
  bool fails_to_write = false;

 private:
  net::Gate gate_;
  std::vector<std::string> says_;
  std::size_t next_ = 0;
  bool ended_ = false;
};

std::string all_from(int fd) {
  std::string out;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

class Relay : public testing::Test {
 protected:
  Relay() : client_(loop_, pair_.take_ours()) {}
  net::Loop loop_;
  StreamPair pair_ = StreamPair::tcp();
  net::Socket client_;
};

TEST_F(Relay, CarriesBothWaysUntilBothHaveClosed) {
  ScriptedEnd far(loop_, {"hello ", "client"});
  pair_.send("hello backend");
  ::shutdown(pair_.peer, SHUT_WR);
  message::TunnelSocket near(client_, base::Fault::kClient, "client", "early, ");
  TunnelRelay relay(loop_, near, far, 5s);
  const base::Result<void> ended = run_task(loop_, relay.run());
  EXPECT_TRUE(ended);
  EXPECT_EQ(far.heard, "early, hello backend");
  EXPECT_TRUE(far.no_more);
  EXPECT_FALSE(far.is_cut);
  EXPECT_EQ(all_from(pair_.peer), "hello client");
  EXPECT_EQ(relay.bytes_up(), 20u);
  EXPECT_EQ(relay.bytes_down(), 12u);
}

TEST_F(Relay, EndsWhenNothingMoves) {
  ScriptedEnd far(loop_, {"hello"});
  far.is_silent = true;
  message::TunnelSocket near(client_, base::Fault::kClient, "client", "");
  TunnelRelay relay(loop_, near, far, 50ms);
  const base::Time before = base::now();
  const base::Result<void> ended = run_task(loop_, relay.run());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, base::ErrorKind::kTimeout);
  EXPECT_GE(base::now() - before, 45ms);
  EXPECT_LT(base::now() - before, 2s);
}

TEST_F(Relay, ACutByTheClientCutsTheFarEnd) {
  ScriptedEnd far(loop_, {});
  far.is_silent = true;
  pair_.reset_peer();
  message::TunnelSocket near(client_, base::Fault::kClient, "client", "");
  TunnelRelay relay(loop_, near, far, 30s);
  const base::Result<void> ended = run_task(loop_, relay.run());
  EXPECT_TRUE(far.is_cut);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().fault, base::Fault::kClient);
}

TEST_F(Relay, AFarEndThatIsGoneForEarlyBytes) {
  ScriptedEnd far(loop_, {});
  far.fails_to_write = true;
  message::TunnelSocket near(client_, base::Fault::kClient, "client", "early");
  TunnelRelay relay(loop_, near, far, 30s);
  const base::Result<void> ended = run_task(loop_, relay.run());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().fault, base::Fault::kUpstream);
}

TEST_F(Relay, CanBeCancelledAtAnyMoment) {
  for (int i = 0; i < 3; ++i) {
    ScriptedEnd far(loop_, {"hello"});
    far.is_silent = true;
    message::TunnelSocket near(client_, base::Fault::kClient, "client", "early");
    TunnelRelay relay(loop_, near, far, 30s);
    net::Task<base::Result<void>> task = relay.run();
    task.start();
    if (i > 0) net::testing::run_for(loop_, 2ms);
  }
}

}  // namespace
}  // namespace headgate::proxy::http
