#include "proxy/access_log/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "tests/unit/proxy/access_log/entries.h"

namespace headgate::proxy::access_log {
namespace {

using namespace std::chrono_literals;

// What the sinks of a test have got, from the writer's thread.
struct Received {
  std::mutex mutex;
  std::string lines;
  int reopened = 0;
  int writes = 0;
  bool fails = false;

  std::string taken() {
    const std::lock_guard lock(mutex);
    return lines;
  }
};

class MemorySink : public Sink {
 public:
  explicit MemorySink(Received& received) : received_(received) {}
  Outcome write(std::string_view lines) override {
    const std::lock_guard lock(received_.mutex);
    ++received_.writes;
    if (received_.fails) {
      return {static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n')),
              base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate, "access log: disk full"}};
    }
    received_.lines += lines;
    return {};
  }
  base::Result<void> reopen() override {
    const std::lock_guard lock(received_.mutex);
    ++received_.reopened;
    received_.lines += "reopened\n";
    return {};
  }

 private:
  Received& received_;
};

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    std::string name = testing::TempDir() + "headgate-writer-XXXXXX";
    ::close(::mkstemp(name.data()));
    log_file_ = name;
    log_ = std::move(*base::Log::open(log_file_, base::LogLevel::kInfo));
  }
  ~WriterTest() override {
    ::close(wake_fd_);
    ::unlink(log_file_.c_str());
  }

  Target target(Received& received, std::string_view format = "{total_us}") {
    return Target{std::move(*line::Format::compile(format)), std::make_unique<MemorySink>(received)};
  }
  std::string log_text() const {
    std::ostringstream out;
    out << std::ifstream(log_file_).rdbuf();
    return out.str();
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 2000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
  static void push(Ring& ring, std::uint64_t number) {
    Entry entry;
    entry.total_us = number;
    ring.push(entry);
  }

  int wake_fd_ = ::eventfd(0, EFD_NONBLOCK);
  std::string log_file_;
  std::unique_ptr<base::Log> log_;
  Ring first_{1, wake_fd_};
  Ring second_{2, wake_fd_};
};

TEST_F(WriterTest, WritesWhatAllRingsHold) {
  Received received;
  Writer writer({&first_, &second_}, wake_fd_, *log_);
  writer.set_target(target(received));
  ASSERT_TRUE(writer.start());
  push(first_, 1);
  push(second_, 2);
  EXPECT_TRUE(eventually([&] { return writer.written() == 2; }));
  EXPECT_THAT(received.taken(), testing::AnyOf("1\n2\n", "2\n1\n"));
  writer.stop();
  EXPECT_EQ(writer.lost(), 0u);
}

TEST_F(WriterTest, StoppingWritesEverythingInFewWrites) {
  Received received;
  Writer writer({&first_}, wake_fd_, *log_);
  writer.set_target(target(received));
  for (std::uint64_t i = 0; i < 6000; ++i) push(first_, i);
  const std::uint64_t pushed = first_.pushed();
  ASSERT_GT(pushed, 4096u) << "more than one turn takes from a ring";
  ASSERT_TRUE(writer.start());
  writer.stop();
  EXPECT_EQ(writer.written(), pushed);
  std::string expected;
  for (std::uint64_t i = 0; i < pushed; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(received.taken(), expected);
  EXPECT_LE(received.writes, 3);
  writer.stop();
}

TEST_F(WriterTest, LinesLongerThanTheBufferTogether) {
  Received received;
  Writer writer({&first_}, wake_fd_, *log_);
  writer.set_target(target(received, "json"));
  const std::string path(kTargetBytesMax, '\x01');
  Entry entry;
  entry.path = path;
  for (int i = 0; i < 100; ++i) first_.push(entry);
  ASSERT_TRUE(writer.start());
  writer.stop();
  EXPECT_EQ(writer.written(), 100u);
  EXPECT_GT(received.taken().size(), 2 * Writer::kBufferBytes);
  EXPECT_GT(received.writes, 2);
}

TEST_F(WriterTest, AFailureIsSaidOnceAndItsEndToo) {
  Received received;
  received.fails = true;
  Writer writer({&first_}, wake_fd_, *log_);
  writer.set_target(target(received));
  ASSERT_TRUE(writer.start());
  push(first_, 1);
  ASSERT_TRUE(eventually([&] { return writer.lost() == 1; }));
  push(first_, 2);
  ASSERT_TRUE(eventually([&] { return writer.lost() == 2; }));
  {
    const std::lock_guard lock(received.mutex);
    received.fails = false;
  }
  push(first_, 3);
  ASSERT_TRUE(eventually([&] { return writer.written() == 1; }));
  writer.stop();
  EXPECT_EQ(received.taken(), "3\n");
  const std::string text = log_text();
  EXPECT_EQ(text.find("disk full"), text.rfind("disk full"));
  EXPECT_THAT(text, testing::HasSubstr("access log: disk full; lines are lost until it works again"));
  EXPECT_THAT(text, testing::HasSubstr("access log: written again after 2 lost lines"));
}

TEST_F(WriterTest, ReopensAndTakesANewTarget) {
  Received before;
  Received after;
  Writer writer({&first_}, wake_fd_, *log_);
  writer.set_target(target(before));
  ASSERT_TRUE(writer.start());
  push(first_, 0);
  writer.reopen();
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(before.mutex);
    return before.reopened == 1;
  }));
  push(first_, 1);
  ASSERT_TRUE(eventually([&] { return writer.written() == 2; }));
  writer.set_target(target(after, "<{total_us}>"));
  push(first_, 2);
  ASSERT_TRUE(eventually([&] { return writer.written() == 3; }));
  writer.set_target(std::nullopt);
  EXPECT_EQ(before.taken(), "0\nreopened\n1\n") << "what was pushed before went to the old file";
  EXPECT_EQ(after.taken(), "<2>\n");
  push(first_, 3);
  writer.stop();
  EXPECT_EQ(writer.written(), 3u);
  Entry left;
  EXPECT_FALSE(first_.front(left)) << "without a target entries are thrown away";
}

}  // namespace
}  // namespace headgate::proxy::access_log
