#include "proxy/cache/stage/stored_body.h"

#include <gtest/gtest.h>

#include "tests/unit/net/run_task.h"
#include "tests/unit/proxy/cache/stage/routed.h"

namespace headgate::proxy::cache::stage {
namespace {

using memory::Body;
using rules::testing::Pair;
using testing::Routed;

constexpr base::Duration kLong = std::chrono::seconds(30);

struct Growing : Routed {
  explicit Growing(std::uint64_t length = Body::kUnknown) { writer = begin(pair, length, 0); }

  std::unique_ptr<StoredBody> body(StoredBody::Piece piece = {}, base::Duration stall = kLong) {
    return std::make_unique<StoredBody>(writer.reference(0), piece, store(), 0, loop, stall);
  }
  void append(std::string_view bytes) {
    writer.append(bytes);
    flight->wake();
  }
  void end(bool is_whole) {
    const Body* const grown = &writer.entry().body();
    if (is_whole) {
      writer.finish();
    } else {
      writer.abandon();
    }
    store().flights().grown(grown);
    flight->wake();
  }

  const Pair pair{"", 200, "Cache-Control: max-age=60"};
  net::Loop loop;
  memory::Writer writer;
};

std::string take_all(StoredBody& body) {
  std::string out;
  while (true) {
    const std::string_view bytes = body.take_ready();
    if (bytes.empty()) return out;
    out += bytes;
  }
}

net::Task<base::Result<void>> wait(StoredBody& body) {
  base::Result<void> waited = co_await body.wait();
  co_return waited;
}

TEST(StoredBody, is_read_while_it_grows) {
  Growing growing;
  growing.append("one ");
  const auto body = growing.body();
  EXPECT_EQ(take_all(*body), "one ");
  EXPECT_FALSE(body->at_end());
  growing.loop.post([&] { growing.append("two"); });
  EXPECT_TRUE(bool(net::testing::run_task(growing.loop, wait(*body))));
  EXPECT_EQ(take_all(*body), "two");
  growing.loop.post([&] { growing.end(true); });
  EXPECT_TRUE(bool(net::testing::run_task(growing.loop, wait(*body))));
  EXPECT_EQ(take_all(*body), "");
  EXPECT_TRUE(body->at_end());
}

TEST(StoredBody, of_a_piece_no_more_comes_than_that) {
  Growing growing(10);
  growing.append("01234");
  const auto inside = growing.body({1, 4});
  EXPECT_EQ(take_all(*inside), "123");
  EXPECT_TRUE(inside->at_end()) << "whatever else comes";
  const auto later = growing.body({7, 9});
  EXPECT_EQ(take_all(*later), "");
  EXPECT_FALSE(later->at_end());
  growing.append("567");
  EXPECT_EQ(take_all(*later), "7");
  growing.append("89");
  growing.end(true);
  EXPECT_EQ(take_all(*later), "8");
  EXPECT_TRUE(later->at_end());
  const auto nothing = growing.find(growing.pair).entry;
  StoredBody empty(nothing.again(), {10, 10}, growing.store(), 0, growing.loop, kLong);
  EXPECT_TRUE(empty.at_end());
}

TEST(StoredBody, that_breaks_off_is_read_as_far_as_it_came) {
  Growing growing;
  growing.append("some");
  const auto body = growing.body();
  growing.end(false);
  EXPECT_TRUE(bool(net::testing::run_task(growing.loop, wait(*body)))) << "there is something to take first";
  EXPECT_EQ(take_all(*body), "some");
  EXPECT_FALSE(body->at_end());
  const base::Result<void> waited = net::testing::run_task(growing.loop, wait(*body));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, base::ErrorKind::kEof);
}

TEST(StoredBody, of_which_the_piece_was_there_does_not_mind_that_the_rest_breaks_off) {
  Growing growing(10);
  growing.append("01234");
  const auto body = growing.body({0, 5});
  growing.end(false);
  EXPECT_EQ(take_all(*body), "01234");
  EXPECT_TRUE(body->at_end());
  EXPECT_TRUE(bool(net::testing::run_task(growing.loop, wait(*body))));
}

TEST(StoredBody, that_does_not_grow_for_too_long_is_given_up) {
  Growing growing;
  const auto body = growing.body({}, std::chrono::milliseconds(2));
  const base::Result<void> waited = net::testing::run_task(growing.loop, wait(*body));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, base::ErrorKind::kTimeout);
}

TEST(StoredBody, that_goes_says_so_to_a_writer_that_waits_for_it) {
  Growing growing;
  growing.append("some");
  auto body = growing.body();
  net::Gate writer(growing.loop);
  growing.flight->set_writer(&writer);
  growing.flight->wait_for_readers();
  EXPECT_FALSE(writer.is_open());
  body.reset();
  EXPECT_TRUE(writer.is_open());
  growing.flight->set_writer(nullptr);
}

TEST(StoredBody, a_whole_one_needs_nobody) {
  Routed routed;
  net::Loop loop;
  const Pair pair("", 200, "Cache-Control: max-age=60");
  ASSERT_TRUE(routed.put(pair, "hello"));
  StoredBody body(routed.find(pair).entry.again(), {1, 3}, routed.store(), 0, loop, kLong);
  EXPECT_EQ(take_all(body), "el");
  EXPECT_TRUE(body.at_end());
}

}  // namespace
}  // namespace headgate::proxy::cache::stage
