#include "proxy/origin/files/static_root.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/proxy/origin/files/temporary_tree.h"

namespace headgate::proxy::origin::files {
namespace {

namespace fs = std::filesystem;
using Kind = Opened::Kind;

class StaticRootTest : public TemporaryTree {
 protected:
  StaticRoot open() {
    base::Result<StaticRoot> out = StaticRoot::open(root().string(), "index.html");
    EXPECT_TRUE(out) << out.error().message;
    return std::move(*out);
  }
  std::string content(const Opened& opened) {
    std::string text(opened.size, '\0');
    EXPECT_EQ(::pread(opened.file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }
};

TEST_F(StaticRootTest, FindsFilesAndIndexes) {
  write("root/index.html", "top");
  write("root/sub/index.html", "below");
  write("root/sub/a b.txt", "blank");
  const StaticRoot files = open();
  EXPECT_EQ(content(files.find("/")), "top");
  EXPECT_EQ(content(files.find("/index.html")), "top");
  EXPECT_EQ(content(files.find("/sub/")), "below");
  EXPECT_EQ(content(files.find("/sub/a%20b.txt")), "blank");
  EXPECT_EQ(content(files.find("//sub//index.html")), "below");
  EXPECT_EQ(files.find("/sub/").name, "sub/index.html");
  EXPECT_EQ(files.find("/sub").kind, Kind::kDirectory);
  EXPECT_EQ(files.find("//sub").kind, Kind::kDirectory);
}

TEST_F(StaticRootTest, NothingOutsideTheRoot) {
  write("secret", "outside");
  write("root/index.html", "top");
  write("root/sub/file", "inside");
  fs::create_symlink("../secret", root() / "up");
  fs::create_symlink("../../secret", root() / "sub/up");
  fs::create_symlink((top() / "secret").string(), root() / "absolute");
  fs::create_symlink("..", root() / "parent");
  fs::create_symlink("/", root() / "slash");
  fs::create_symlink("/proc/self/root", root() / "magic");
  fs::create_symlink((root() / "index.html").string(), root() / "absolute-inside");
  fs::create_symlink("up", root() / "twice");
  fs::create_symlink("loop", root() / "loop");
  const StaticRoot files = open();
  for (const char* path : {"/../secret",
                           "/sub/../../secret",
                           "/%2e%2e/secret",
                           "/..%2fsecret",
                           "/%2e%2e%2fsecret",
                           "/sub/..%2f..%2fsecret",
                           "/up",
                           "/sub/up",
                           "/absolute",
                           "/parent/secret",
                           "/parent",
                           "/parent/",
                           "/slash/etc/passwd",
                           "/slash/",
                           "/magic/etc/passwd",
                           "/absolute-inside",
                           "/twice",
                           "/loop",
                           "/parent/root/index.html",
                           "/.",
                           "/..",
                           "/./",
                           "secret",
                           "*",
                           ""}) {
    EXPECT_EQ(files.find(path).kind, Kind::kNotFound) << path;
  }
  // Escaped twice, it is a name with a percent sign in it.
  EXPECT_EQ(files.find("/%252e%252e/secret").kind, Kind::kNotFound);
}

TEST_F(StaticRootTest, LinksThatStayInside) {
  write("root/real/index.html", "linked");
  write("root/index.html", "top");
  fs::create_symlink("real", root() / "directory");
  fs::create_symlink("../index.html", root() / "real/up");
  const StaticRoot files = open();
  EXPECT_EQ(content(files.find("/directory/")), "linked");
  EXPECT_EQ(files.find("/directory").kind, Kind::kDirectory);
  EXPECT_EQ(content(files.find("/real/up")), "top");
}

TEST_F(StaticRootTest, HiddenNamesAndEscapedSlashes) {
  write("root/.htpasswd", "x");
  write("root/.git/config", "x");
  write("root/a/b", "x");
  write("root/..data", "x");
  const StaticRoot files = open();
  for (const char* path : {"/.htpasswd", "/%2ehtpasswd", "/.git/config", "//.git/config", "/a%2Fb", "/a%2fb", "/..data",
                           "/a/b%00", "/a%00"}) {
    EXPECT_EQ(files.find(path).kind, Kind::kNotFound) << path;
  }
  EXPECT_EQ(files.find("/a/b").kind, Kind::kFile);
}

TEST_F(StaticRootTest, OnlyRegularFilesAndNeverAWait) {
  write("root/file", "x");
  fs::create_directory(root() / "empty");
  fs::create_directories(root() / "odd/index.html");
  ASSERT_EQ(::mkfifo((root() / "fifo").c_str(), 0600), 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (root() / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const StaticRoot files = open();
  for (const char* path : {"/fifo", "/socket", "/missing", "/file/", "/file/x", "/empty/", "/odd/", "/missing/"}) {
    EXPECT_EQ(files.find(path).kind, Kind::kNotFound) << path;
  }
  EXPECT_EQ(files.find("/" + std::string(300, 'a')).kind, Kind::kNotFound);
  EXPECT_EQ(files.find("/" + std::string(9000, 'a')).kind, Kind::kNotFound);
  ::close(listener);
}

TEST_F(StaticRootTest, WhatTheSystemForbids) {
  write("root/file", "x");
  fs::permissions(root() / "file", fs::perms::none);
  const StaticRoot files = open();
  const bool is_root = ::geteuid() == 0;  // who may read everything: for this test, nobody does
  constexpr uid_t kNobody = 65534;
  if (is_root) ASSERT_EQ(::seteuid(kNobody), 0);
  const Kind kind = files.find("/file").kind;
  if (is_root) ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(kind, Kind::kForbidden);
}

TEST_F(StaticRootTest, ARootThatIsNone) {
  write("file", "x");
  EXPECT_FALSE(StaticRoot::open((top() / "missing").string(), "index.html"));
  EXPECT_FALSE(StaticRoot::open((top() / "file").string(), "index.html"));
}

}  // namespace
}  // namespace headgate::proxy::origin::files
