#include "proxy/admin/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include "tests/unit/proxy/admin/fabricated_view.h"
#include "tests/unit/proxy/admin/noting_actions.h"

namespace headgate::proxy::admin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    std::string name = testing::TempDir() + "headgate-admin-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    log_ = std::move(*base::Log::open(folder_ + "/log", base::LogLevel::kInfo));
    server_ = std::make_unique<Server>(loop_, Daemon{[this] { return daemon_.view; }, &actions_}, *log_);
  }
  ~ServerTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  bool apply(const config::Admin& settings) {
    base::Result<Server::Change> change = server_->prepare(settings);
    if (!change) {
      error_ = change.error().message;
      return false;
    }
    server_->commit(std::move(*change));
    return true;
  }
  std::string log_text() const {
    std::ostringstream out;
    out << std::ifstream(folder_ + "/log").rdbuf();
    return out.str();
  }
  base::Endpoint last_announced() const {
    const std::string text = log_text();
    const std::size_t at = text.rfind("admin on ");
    if (at == std::string::npos) return {};
    return base::Endpoint::parse(text.substr(at + 9, text.find('\n', at) - at - 9)).value_or(base::Endpoint());
  }

  /// One request on a connection of its own, from another thread, while the loop runs here.
  std::string ask(const base::Endpoint& endpoint, const std::string& request) {
    std::string answer;
    std::thread client([&] {
      sockaddr_storage address;
      const std::uint32_t length = endpoint.to_sockaddr(address);
      const int fd = ::socket(address.ss_family, SOCK_STREAM, 0);
      const timeval patience{.tv_sec = 5, .tv_usec = 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      if (::connect(fd, reinterpret_cast<sockaddr*>(&address), length) != 0) {
        answer = "refused";
      } else {
        EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
        char buffer[4096];
        while (const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0)) {
          if (got < 0) break;
          answer.append(buffer, static_cast<std::size_t>(got));
        }
      }
      ::close(fd);
      loop_.stop();
    });
    loop_.run();
    client.join();
    return answer;
  }
  std::string get(const base::Endpoint& endpoint, const std::string& path, const std::string& fields = "") {
    return ask(endpoint, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n");
  }

  Fabricated daemon_;
  NotingActions actions_;
  net::Loop loop_;
  std::string folder_;
  std::string error_;
  std::unique_ptr<base::Log> log_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, ServesOverTcpAndSaysWhere) {
  config::Admin settings;
  settings.bind = base::Endpoint::parse("127.0.0.1:0");
  ASSERT_TRUE(apply(settings));
  const std::string answer = get(last_announced(), "/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\nok\n"));
}

TEST_F(ServerTest, ServesOverAUnixSocketWithoutToken) {
  config::Admin settings;
  settings.socket = folder_ + "/admin.sock";
  settings.token = "secret";
  ASSERT_TRUE(apply(settings));
  EXPECT_THAT(get(*base::Endpoint::unix_path(*settings.socket), "/status"), HasSubstr("\"version\": \"0.1.0\""));
  EXPECT_EQ(std::filesystem::status(*settings.socket).permissions(), std::filesystem::perms(0660));
  ASSERT_TRUE(apply(config::Admin{}));
  EXPECT_FALSE(std::filesystem::exists(*settings.socket));
}

TEST_F(ServerTest, AReloadKeepsTheSocketAndTakesTheNewToken) {
  config::Admin settings;
  settings.bind = base::Endpoint::parse("127.0.0.1:0");
  ASSERT_TRUE(apply(settings));
  const base::Endpoint first = last_announced();
  settings.token = "secret";
  settings.reads_without_token = false;
  ASSERT_TRUE(apply(settings));
  EXPECT_EQ(last_announced(), first);
  EXPECT_THAT(get(first, "/status"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(get(first, "/status", "Authorization: Bearer secret\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, AReloadMovesAndCloses) {
  config::Admin settings;
  settings.bind = base::Endpoint::parse("127.0.0.1:0");
  ASSERT_TRUE(apply(settings));
  const base::Endpoint first = last_announced();
  settings.bind = base::Endpoint::parse("[::1]:0");
  ASSERT_TRUE(apply(settings));
  const base::Endpoint second = last_announced();
  EXPECT_NE(first, second);
  EXPECT_EQ(get(first, "/healthz"), "refused");
  EXPECT_THAT(get(second, "/healthz"), StartsWith("HTTP/1.1 200 "));
  ASSERT_TRUE(apply(config::Admin{}));
  EXPECT_EQ(get(second, "/healthz"), "refused");
}

TEST_F(ServerTest, WhatCannotBeOpenedChangesNothing) {
  config::Admin settings;
  settings.bind = base::Endpoint::parse("127.0.0.1:0");
  ASSERT_TRUE(apply(settings));
  const base::Endpoint open = last_announced();
  config::Admin other;
  other.bind = base::Endpoint::parse("127.0.0.1:0");
  other.socket = folder_ + "/no/admin.sock";
  EXPECT_FALSE(apply(other));
  EXPECT_THAT(error_, StartsWith("admin: "));
  other.socket = std::string(200, 'x');
  EXPECT_FALSE(apply(other));
  EXPECT_THAT(error_, StartsWith("admin.socket: no socket can be named"));
  EXPECT_THAT(get(open, "/healthz"), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace headgate::proxy::admin
