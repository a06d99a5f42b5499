#include "proxy/access_log/sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/ip_address.h"

namespace headgate::proxy::access_log {
namespace {

using testing::HasSubstr;

class SinkTest : public testing::Test {
 protected:
  SinkTest() {
    std::string name = testing::TempDir() + "headgate-sink-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~SinkTest() override { std::filesystem::remove_all(folder_); }

  static std::string content(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }

  std::string folder_;
};

TEST_F(SinkTest, AFileIsAppendedToAndHasMode0640) {
  const std::string path = folder_ + "/access.log";
  const mode_t before = ::umask(0);
  base::Result<std::unique_ptr<Sink>> sink = Sink::open(path);
  ::umask(before);
  ASSERT_TRUE(sink);
  EXPECT_FALSE((*sink)->write("one\ntwo\n").error);
  sink = Sink::open(path);
  ASSERT_TRUE(sink);
  EXPECT_FALSE((*sink)->write("three\n").error);
  EXPECT_EQ(content(path), "one\ntwo\nthree\n");
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0640));
}

TEST_F(SinkTest, AFileIsOpenedAnewByItsName) {
  const std::string path = folder_ + "/access.log";
  base::Result<std::unique_ptr<Sink>> sink = Sink::open(path);
  ASSERT_TRUE(sink);
  EXPECT_FALSE((*sink)->write("one\n").error);
  std::filesystem::rename(path, path + ".1");
  EXPECT_FALSE((*sink)->write("two\n").error);
  EXPECT_TRUE((*sink)->reopen());
  EXPECT_FALSE((*sink)->write("three\n").error);
  EXPECT_EQ(content(path + ".1"), "one\ntwo\n");
  EXPECT_EQ(content(path), "three\n");
}

TEST_F(SinkTest, IfItCannotBeOpenedAnewTheOldOneStays) {
  const std::string sub = folder_ + "/sub";
  std::filesystem::create_directory(sub);
  base::Result<std::unique_ptr<Sink>> sink = Sink::open(sub + "/access.log");
  ASSERT_TRUE(sink);
  std::filesystem::rename(sub, folder_ + "/moved");
  const base::Result<void> reopened = (*sink)->reopen();
  ASSERT_FALSE(reopened);
  EXPECT_THAT(reopened.error().message, HasSubstr("access_log.file: open " + sub + "/access.log: No such file"));
  EXPECT_FALSE((*sink)->write("one\n").error);
  EXPECT_EQ(content(folder_ + "/moved/access.log"), "one\n");
}

TEST_F(SinkTest, AFolderThatIsNotThereIsAnError) {
  const base::Result<std::unique_ptr<Sink>> sink = Sink::open(folder_ + "/no/access.log");
  ASSERT_FALSE(sink);
  EXPECT_THAT(sink.error().message, HasSubstr("access_log.file: open"));
}

TEST_F(SinkTest, AFullDeviceLosesAndCountsLines) {
  base::Result<std::unique_ptr<Sink>> sink = Sink::open("/dev/full");
  ASSERT_TRUE(sink);
  const Sink::Outcome outcome = (*sink)->write("one\ntwo\n");
  EXPECT_EQ(outcome.lines_lost, 2u);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->message, "access log: write /dev/full: No space left on device");
}

// A limit on file sizes stops a write within a line, as a disk that runs full does.
TEST_F(SinkTest, AWriteThatStopsWithinALineStartsANewOne) {
  const std::string path = folder_ + "/access.log";
  base::Result<std::unique_ptr<Sink>> sink = Sink::open(path);
  ASSERT_TRUE(sink);
  const auto old_action = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 6, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Sink::Outcome cut = (*sink)->write("one\ntwo\nthree\n");
  const Sink::Outcome still = (*sink)->write("four\n");
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old_action);
  EXPECT_EQ(cut.lines_lost, 2u);
  EXPECT_TRUE(cut.error);
  EXPECT_EQ(still.lines_lost, 1u);
  const Sink::Outcome after = (*sink)->write("five\n");
  EXPECT_EQ(after.lines_lost, 0u);
  EXPECT_FALSE(after.error);
  EXPECT_EQ(content(path), "one\ntw\nfive\n");
}

TEST_F(SinkTest, AReaderThatSleepsHoldsTheWriterForABoundedTime) {
  const std::string path = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(Sink::open(path)) << "nobody has the other end open";
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  base::Result<std::unique_ptr<Sink>> sink = Sink::open(path);
  ASSERT_TRUE(sink);
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += "0123456789\n";
  const Sink::Outcome outcome = (*sink)->write(lines);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, base::ErrorKind::kTimeout);
  EXPECT_GT(outcome.lines_lost, 10'000u);
  EXPECT_LT(outcome.lines_lost, 20'000u);
  ::close(reader);
}

TEST_F(SinkTest, StandardOutput) {
  const std::string path = folder_ + "/out";
  const int saved = ::dup(STDOUT_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDOUT_FILENO);
  base::Result<std::unique_ptr<Sink>> sink = Sink::open("stdout");
  const bool written = sink && !(*sink)->write("line\n").error && (*sink)->reopen();
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(file);
  EXPECT_TRUE(written);
  EXPECT_EQ(content(path), "line\n");
}

class SyslogDaemon {
 public:
  explicit SyslogDaemon(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_storage address;
    const std::uint32_t length = base::Endpoint::unix_path(path)->to_sockaddr(address);
    ::unlink(path.c_str());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
  }
  ~SyslogDaemon() { ::close(fd_); }
  std::string receive() const {
    char buffer[1024];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return got < 0 ? "nothing" : std::string(buffer, static_cast<std::size_t>(got));
  }

 private:
  int fd_;
};

TEST_F(SinkTest, SyslogGetsADatagramForEachLine) {
  const std::string path = folder_ + "/log";
  EXPECT_FALSE(Sink::open_syslog(path)) << "no daemon";
  auto daemon = std::make_unique<SyslogDaemon>(path);
  base::Result<std::unique_ptr<Sink>> sink = Sink::open_syslog(path);
  ASSERT_TRUE(sink);
  EXPECT_FALSE((*sink)->write("one\ntwo\n").error);
  EXPECT_THAT(daemon->receive(),
              testing::MatchesRegex("<30>[A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]+ headgate\\[[0-9]+\\]: one"));
  EXPECT_THAT(daemon->receive(), testing::EndsWith(": two"));
  EXPECT_EQ(daemon->receive(), "nothing");

  daemon.reset();
  const Sink::Outcome lost = (*sink)->write("three\nfour\n");
  EXPECT_EQ(lost.lines_lost, 2u);
  EXPECT_TRUE(lost.error);
  daemon = std::make_unique<SyslogDaemon>(path);
  EXPECT_FALSE((*sink)->write("five\n").error);
  EXPECT_THAT(daemon->receive(), testing::EndsWith(": five"));
}

TEST_F(SinkTest, ASyslogDaemonThatSleepsHoldsTheWriterForABoundedTime) {
  const std::string path = folder_ + "/log";
  const SyslogDaemon daemon(path);
  base::Result<std::unique_ptr<Sink>> sink = Sink::open_syslog(path);
  ASSERT_TRUE(sink);
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += std::string(500, 'x') + "\n";
  const Sink::Outcome outcome = (*sink)->write(lines);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, base::ErrorKind::kTimeout);
  EXPECT_GT(outcome.lines_lost, 0u);
  EXPECT_LT(outcome.lines_lost, 1000u);
  EXPECT_NE(daemon.receive(), "nothing");
}

}  // namespace
}  // namespace headgate::proxy::access_log
