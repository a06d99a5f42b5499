#include "proxy/ctl/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/result.h"

namespace headgate::proxy::ctl::client {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Answers each connection on a unix socket with the same bytes, once the whole request has come.
class ScriptedDaemon {
 public:
  explicit ScriptedDaemon(std::string answer, bool goes_on = false) : answer_(std::move(answer)), goes_on_(goes_on) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 16) != 0) {
      base::invariant_broken("a test's socket");
    }
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedDaemon() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    std::filesystem::remove(path_);
  }

  Client client() const { return Client(*find_door({.socket = path_})); }
  const std::string& request() const { return request_; }

 private:
  void serve() {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    char block[4096];
    while (request_.find("\r\n\r\n") == std::string::npos ||
           (request_.starts_with("POST") && !request_.ends_with('}'))) {
      const ssize_t got = ::recv(fd, block, sizeof block, 0);
      if (got <= 0) break;
      request_.append(block, static_cast<std::size_t>(got));
    }
    for (std::string_view left = answer_; !left.empty();) {
      const ssize_t sent = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    while (goes_on_ && ::send(fd, block, sizeof block, MSG_NOSIGNAL) > 0) {
    }
    ::close(fd);
  }

  std::string path_ = std::filesystem::temp_directory_path() / ("ctl-" + std::to_string(::getpid()) + ".sock");
  std::string answer_;
  bool goes_on_;
  std::string request_;
  int listener_ = -1;
  std::thread thread_;
};

std::string with_length(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string error_after(const std::string& answer) {
  const ScriptedDaemon daemon(answer);
  const base::Result<Answer> got = daemon.client().ask({.path = "/status"});
  return got ? "no error" : got.error().message;
}

TEST(Client, AsksAndUnderstands) {
  const ScriptedDaemon daemon(with_length("200 OK", R"({"a":1})"));
  const base::Result<Answer> answer =
      daemon.client().ask({.path = "/pools/a/drain", .method = "POST", .body = Json{{"why", "x\n"}}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->is_well());
  EXPECT_EQ(count(answer->json, "a"), 1u);
  EXPECT_THAT(daemon.request(), StartsWith("POST /api/v1/pools/a/drain HTTP/1.1\r\nHost: localhost\r\n"));
  EXPECT_THAT(daemon.request(), HasSubstr("Content-Type: application/json\r\nContent-Length: 13\r\n"));
  EXPECT_THAT(daemon.request(), EndsWith("\r\n\r\n{\"why\":\"x\\n\"}"));
}

TEST(Client, ChunksAndInterimAnswers) {
  const ScriptedDaemon daemon(
      "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n");
  const base::Result<Answer> answer = daemon.client().ask({.path = "/status"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, R"({"a":1})");
}

TEST(Client, ARefusalIsAnAnswer) {
  const ScriptedDaemon daemon(
      with_length("404 Not Found", R"({"title":"Not Found","detail":"no pool named 'ap'\n\u001b[2J"})"));
  const base::Result<Answer> answer = daemon.client().ask({.path = "/pools/ap"});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->is_well());
  EXPECT_EQ(answer->refusal(), "no pool named 'ap'\n\\x1b[2J");
  EXPECT_EQ((Answer{503, "{}", Json::object()}.refusal()), "HTTP 503 Service Unavailable");
}

TEST(Client, WhatIsNoAnswerIsAnError) {
  EXPECT_THAT(error_after("SSH-2.0-OpenSSH_9.2\r\n"), HasSubstr("what answers is no HTTP"));
  EXPECT_THAT(error_after(""), HasSubstr("closed before the answer was complete"));
  EXPECT_THAT(error_after("HTTP/1.1 200 OK\r\nContent-Le"), HasSubstr("closed before the answer was complete"));
  EXPECT_THAT(error_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"),
              HasSubstr("closed in the middle of a body"));
  EXPECT_THAT(error_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), HasSubstr("malformed"));
  EXPECT_THAT(error_after(with_length("200 OK", "<html>")), HasSubstr("HTTP 200 OK, but no JSON"));
  EXPECT_THAT(error_after(with_length("200 OK", "[1]")), HasSubstr("but no JSON"));
  EXPECT_THAT(error_after(with_length("404 Not Found", "There is no such page")),
              HasSubstr("HTTP 404 Not Found, but no JSON"));
  EXPECT_THAT(error_after("HTTP/1.1 200 OK\r\nX: " + std::string(kAnswerHeadBytesMax, 'x')), HasSubstr("no HTTP"));
}

TEST(Client, AnAnswerWithoutEndIsCutOff) {
  const ScriptedDaemon daemon("HTTP/1.1 200 OK\r\n\r\n", true);
  const base::Result<Answer> answer = daemon.client().ask({.path = "/status", .timeout = std::chrono::minutes(1)});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("an answer of more than 64MiB"));
}

TEST(Client, TimeIsBounded) {
  const ScriptedDaemon daemon("");
  // The connection is taken by the kernel, and the request waits for its end that does not come.
  const base::Result<Answer> answer =
      daemon.client().ask({.path = "/status", .method = "POST", .timeout = std::chrono::milliseconds(50)});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("headgate did not answer within 50ms"));
}

TEST(Client, SaysWhyNobodyIsThere) {
  const std::string folder = std::filesystem::temp_directory_path() / ("ctl-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto message = [&folder](const std::string& name) {
    return Client(*find_door({.socket = folder + "/" + name})).ask({.path = "/status"}).error().message;
  };
  EXPECT_THAT(message("none"), StartsWith("there is no socket " + folder + "/none; is headgate running"));
  EXPECT_THAT(message("."), HasSubstr("is not a socket"));
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    (folder + "/left").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  EXPECT_THAT(message("left"), HasSubstr("nobody answers on " + folder + "/left"));
  std::filesystem::remove_all(folder);
}

TEST(Door, OfUrls) {
  EXPECT_EQ(find_door({.url = "http://127.0.0.1:9900/"})->endpoints.front().text(), "127.0.0.1:9900");
  EXPECT_EQ(find_door({.url = "[::1]:9900"})->host, "[::1]:9900");
  for (const char* url : {"http://127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:99999", "http://a:1/path",
                          "http://u@a:1", "", "ftp://a:1", "http://127.0.0.1:99 00"}) {
    EXPECT_FALSE(find_door({.url = url})) << url;
  }
  EXPECT_THAT(find_door({.url = "https://a:1"}).error().message, HasSubstr("plain HTTP"));
  EXPECT_THAT(find_door({.socket = "/a", .url = "http://127.0.0.1:1"}).error().message, HasSubstr("not both"));
  EXPECT_THAT(find_door({.token_file = "/a"}).error().message, HasSubstr("--url"));
}

TEST(Door, OfSockets) {
  EXPECT_EQ(find_door({.socket = "/run/x.sock"})->name, "/run/x.sock");
  EXPECT_TRUE(find_door({.socket = "x.sock"})->name.starts_with('/')) << "a relative path is made whole";
  EXPECT_FALSE(find_door({.socket = "/" + std::string(200, 'x')}));
  ::setenv("HEADGATE_SOCKET", "/run/of-environment.sock", 1);
  EXPECT_EQ(find_door({})->name, "/run/of-environment.sock");
  ::unsetenv("HEADGATE_SOCKET");
  EXPECT_EQ(find_door({})->name, kDefaultSocket);
}

TEST(Client, NamesAreSegments) {
  EXPECT_EQ(segment("app-1.x_y~"), "app-1.x_y~");
  EXPECT_EQ(segment("a/b c%é"), "a%2Fb%20c%25%C3%A9");
}

}  // namespace
}  // namespace headgate::proxy::ctl::client
