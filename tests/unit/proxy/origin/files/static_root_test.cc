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

/// Every test is made with both ways of staying below the root.
class StaticRootTest : public TemporaryTree, public testing::WithParamInterface<Resolution> {
 protected:
  StaticRoot open() {
    base::Result<StaticRoot> out = StaticRoot::open(root().string(), "index.html", GetParam());
    EXPECT_TRUE(out) << out.error().message;
    return std::move(*out);
  }
  std::string content(const Opened& opened) {
    std::string text(opened.size, '\0');
    EXPECT_EQ(::pread(opened.file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }
};

TEST_P(StaticRootTest, FindsFilesAndIndexes) {
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

TEST_P(StaticRootTest, NothingOutsideTheRoot) {
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

TEST_P(StaticRootTest, LinksThatStayInside) {
  write("root/real/index.html", "linked");
  write("root/index.html", "top");
  fs::create_symlink("real", root() / "directory");
  fs::create_symlink("../index.html", root() / "real/up");
  const StaticRoot files = open();
  EXPECT_EQ(content(files.find("/directory/")), "linked");
  EXPECT_EQ(files.find("/directory").kind, Kind::kDirectory);
  EXPECT_EQ(content(files.find("/real/up")), "top");
}

TEST_P(StaticRootTest, HiddenNamesAndEscapedSlashes) {
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

TEST_P(StaticRootTest, OnlyRegularFilesAndNeverAWait) {
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

TEST_P(StaticRootTest, WhatTheSystemForbids) {
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

TEST_P(StaticRootTest, ARootThatIsNone) {
  write("file", "x");
  EXPECT_FALSE(StaticRoot::open((top() / "missing").string(), "index.html"));
  EXPECT_FALSE(StaticRoot::open((top() / "file").string(), "index.html"));
}

TEST_P(StaticRootTest, LinksAreFollowedUpToABound) {
  write("root/end", "x");
  fs::create_symlink("end", root() / "link1");
  for (int i = 2; i <= 41; ++i) {
    fs::create_symlink("link" + std::to_string(i - 1), root() / ("link" + std::to_string(i)));
  }
  const StaticRoot files = open();
  EXPECT_EQ(files.find("/link40").kind, Kind::kFile);
  EXPECT_EQ(files.find("/link41").kind, Kind::kNotFound);
}

TEST_P(StaticRootTest, LinksWithinAPath) {
  write("root/a/b/file", "deep");
  write("root/file", "top");
  fs::create_symlink("../../file", root() / "a/b/up");
  fs::create_symlink("a//b/./", root() / "short");
  fs::create_symlink("../../../root/file", root() / "a/b/out-and-in");
  fs::create_symlink("file", root() / "to-file");
  const StaticRoot files = open();
  EXPECT_EQ(content(files.find("/short/file")), "deep");
  EXPECT_EQ(content(files.find("/short/up")), "top");
  EXPECT_EQ(files.find("/short").kind, Kind::kDirectory);
  EXPECT_EQ(files.find("/short/out-and-in").kind, Kind::kNotFound);
  EXPECT_EQ(files.find("/to-file/x").kind, Kind::kNotFound);
}

/// What was opened on the way is closed again, wherever the way ended.
TEST_P(StaticRootTest, LeavesNoDescriptorOpen) {
  write("root/a/b/file", "x");
  fs::create_symlink("../../..", root() / "a/b/out");
  const StaticRoot files = open();
  const auto count = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
  const auto before = count();
  for (const char* path : {"/a/b/file", "/a/b/out", "/a/b/missing", "/a/b/file/x", "/a/b"}) files.find(path);
  EXPECT_EQ(count(), before);
}

INSTANTIATE_TEST_SUITE_P(Resolutions, StaticRootTest, testing::Values(Resolution::kKernel, Resolution::kSteps),
                         [](const auto& resolution) {
                           return resolution.param == Resolution::kKernel ? "Kernel" : "Steps";
                         });

}  // namespace
}  // namespace headgate::proxy::origin::files
