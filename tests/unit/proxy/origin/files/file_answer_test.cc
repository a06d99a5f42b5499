#include "proxy/origin/files/file_answer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/proxy/origin/files/temporary_tree.h"
#include "wire/http/uri.h"

namespace headgate::proxy::origin::files {
namespace {

using wire::http::FieldId;
using wire::http::Method;

constexpr std::int64_t kModified = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr const char* kModifiedText = "Sun, 06 Nov 1994 08:49:37 GMT";
const base::WallTime kNow = base::WallTime(std::chrono::seconds(kModified + 1000));

class FileAnswerTest : public TemporaryTree {
 protected:
  using FieldList = std::vector<std::pair<const char*, std::string>>;

  FileAnswer ask(std::string_view target, const FieldList& fields = {}, Method method = Method::kGet) {
    base::Result<StaticRoot> files = StaticRoot::open(root().string(), "index.html");
    EXPECT_TRUE(files);
    wire::http::RequestHead head;
    EXPECT_TRUE(wire::http::parse_target(target, arena_, head));
    head.method = method;
    for (const auto& [name, value] : fields) head.fields.add(name, value);
    return answer_from(*files, head, kNow, arena_);
  }

  std::string body_of(const FileAnswer& answer) {
    std::string out;
    for (const FilePart& part : answer.parts) {
      std::string text(part.text);
      if (text.empty()) {
        text.resize(part.bytes);
        EXPECT_EQ(::pread(answer.file.get(), text.data(), text.size(), static_cast<off_t>(part.offset)),
                  static_cast<ssize_t>(text.size()));
      }
      EXPECT_EQ(text.size(), part.bytes);
      out += text;
    }
    return out;
  }

  void write_dated(const char* name, const std::string& text) {
    write(std::string("root/") + name, text);
    const timespec times[2] = {{kModified, 0}, {kModified, 5}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (root() / name).c_str(), times, 0), 0);
  }

  base::Arena arena_;
};

TEST_F(FileAnswerTest, TheWholeFile) {
  write_dated("a.txt", "0123456789");
  const FileAnswer answer = ask("/a.txt?v=1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(body_of(answer), "0123456789");
  EXPECT_EQ(answer.body_bytes, 10u);
  EXPECT_EQ(answer.fields.value_of(FieldId::kContentType), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.fields.value_of(FieldId::kLastModified), kModifiedText);
  EXPECT_EQ(answer.fields.value_of(FieldId::kAcceptRanges), "bytes");
  EXPECT_FALSE(answer.fields.has(FieldId::kContentLength));
}

TEST_F(FileAnswerTest, HeadSaysWhatGetWouldSend) {
  write_dated("a.txt", "0123456789");
  const FileAnswer answer = ask("/a.txt", {{"Range", "bytes=0-1"}}, Method::kHead);
  EXPECT_EQ(answer.status, 200);  // ranges are for GET alone
  EXPECT_EQ(answer.body_bytes, 10u);
  EXPECT_TRUE(answer.parts.empty());
  EXPECT_FALSE(answer.file);
}

TEST_F(FileAnswerTest, AnEmptyFile) {
  write_dated("empty", "");
  const FileAnswer answer = ask("/empty");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body_bytes, 0u);
  EXPECT_TRUE(answer.parts.empty());
  EXPECT_EQ(ask("/empty", {{"Range", "bytes=0-"}}).status, 416);
}

TEST_F(FileAnswerTest, StatusesWithoutAFile) {
  write_dated("a.txt", "0123456789");
  for (const Method method : {Method::kPost, Method::kPut, Method::kDelete, Method::kOptions, Method::kOther}) {
    const FileAnswer answer = ask("/a.txt", {}, method);
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.fields.value_of(FieldId::kAllow), "GET, HEAD");
  }
  EXPECT_EQ(ask("/missing").status, 404);
  EXPECT_EQ(ask("/missing", {{"If-Match", "*"}}).status, 404);
  EXPECT_EQ(ask("/.hidden").status, 404);
}

TEST_F(FileAnswerTest, DirectoriesAreSentOnToTheirSlash) {
  write_dated("index.html", "top");
  std::filesystem::create_directories(root() / "sub dir");
  EXPECT_EQ(ask("/").status, 200);
  const FileAnswer answer = ask("/sub%20dir?a=b");
  EXPECT_EQ(answer.status, 308);
  EXPECT_EQ(answer.fields.value_of(FieldId::kLocation), "/sub%20dir/?a=b");
  EXPECT_EQ(ask("/sub%20dir?").fields.value_of(FieldId::kLocation), "/sub%20dir/?");
  // Not "//sub%20dir/", which would be another host.
  EXPECT_EQ(ask("//sub%20dir").fields.value_of(FieldId::kLocation), "/sub%20dir/");
  EXPECT_EQ(ask("/sub%20dir/").status, 404);
}

TEST_F(FileAnswerTest, OneRange) {
  write_dated("a.txt", "0123456789");
  const FileAnswer answer = ask("/a.txt", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(body_of(answer), "234");
  EXPECT_EQ(answer.body_bytes, 3u);
  EXPECT_EQ(answer.fields.value_of(FieldId::kContentRange), "bytes 2-4/10");
  EXPECT_EQ(answer.fields.value_of(FieldId::kContentType), "text/plain; charset=utf-8");
  EXPECT_EQ(body_of(ask("/a.txt", {{"Range", "bytes=2-4,3-6"}})), "23456");
  EXPECT_EQ(ask("/a.txt", {{"Range", "bytes=2-4"}, {"Range", "bytes=2-4"}}).status, 200);
  EXPECT_EQ(ask("/a.txt", {{"Range", "rows=2-4"}}).status, 200);
}

TEST_F(FileAnswerTest, SeveralRanges) {
  write_dated("a.txt", "0123456789");
  const FileAnswer answer = ask("/a.txt", {{"Range", "bytes=7-,0-1"}});
  EXPECT_EQ(answer.status, 206);
  const std::string_view type = answer.fields.value_of(FieldId::kContentType);
  constexpr std::string_view kStart = "multipart/byteranges; boundary=";
  ASSERT_TRUE(type.starts_with(kStart));
  const std::string boundary(type.substr(kStart.size()));
  EXPECT_EQ(boundary.size(), 32u);
  const std::string part = "--" + boundary + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ";
  const std::string expected = part + "7-9/10\r\n\r\n789\r\n" + part + "0-1/10\r\n\r\n01\r\n--" + boundary + "--\r\n";
  EXPECT_EQ(body_of(answer), expected);
  EXPECT_EQ(answer.body_bytes, expected.size());
  EXPECT_FALSE(answer.fields.has(FieldId::kContentRange));
}

TEST_F(FileAnswerTest, ARangeBeyondTheEnd) {
  write_dated("a.txt", "0123456789");
  const FileAnswer answer = ask("/a.txt", {{"Range", "bytes=10-"}});
  EXPECT_EQ(answer.status, 416);
  EXPECT_EQ(answer.fields.value_of(FieldId::kContentRange), "bytes */10");
  EXPECT_EQ(answer.fields.size(), 1u);
  EXPECT_TRUE(answer.parts.empty());
}

TEST_F(FileAnswerTest, Conditions) {
  write_dated("a.txt", "0123456789");
  const std::string etag(ask("/a.txt").fields.value_of(FieldId::kEtag));
  const FileAnswer same = ask("/a.txt", {{"If-None-Match", etag}, {"Range", "bytes=0-1"}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.fields.value_of(FieldId::kEtag), etag);
  EXPECT_EQ(same.fields.value_of(FieldId::kLastModified), kModifiedText);
  EXPECT_FALSE(same.fields.has(FieldId::kContentType));
  EXPECT_TRUE(same.parts.empty());
  EXPECT_EQ(ask("/a.txt", {{"If-Modified-Since", kModifiedText}}).status, 304);
  EXPECT_EQ(ask("/a.txt", {{"If-Match", "\"other\""}}).status, 412);
  EXPECT_EQ(ask("/a.txt", {{"If-Match", "\"other\""}}).fields.size(), 0u);
  EXPECT_EQ(ask("/a.txt", {{"If-Range", etag}, {"Range", "bytes=0-1"}}).status, 206);
  EXPECT_EQ(ask("/a.txt", {{"If-Range", "\"other\""}, {"Range", "bytes=0-1"}}).status, 200);
  EXPECT_EQ(ask("/a.txt", {{"If-Range", "\"other\""}, {"Range", "bytes=90-"}}).status, 200);
}

TEST_F(FileAnswerTest, TheTagChangesWithTheFile) {
  write_dated("a.txt", "0123456789");
  const std::string before(ask("/a.txt").fields.value_of(FieldId::kEtag));
  EXPECT_EQ(ask("/a.txt").fields.value_of(FieldId::kEtag), before);
  const timespec times[2] = {{kModified, 0}, {kModified, 6}};  // a nanosecond later
  ASSERT_EQ(::utimensat(AT_FDCWD, (root() / "a.txt").c_str(), times, 0), 0);
  EXPECT_NE(ask("/a.txt").fields.value_of(FieldId::kEtag), before);
  write_dated("a.txt", "01234567890");
  EXPECT_NE(ask("/a.txt").fields.value_of(FieldId::kEtag), before);
}

TEST_F(FileAnswerTest, ADateInTheFutureIsNotSent) {
  write_dated("a.txt", "x");
  const timespec times[2] = {{kModified, 0}, {kModified + 100'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (root() / "a.txt").c_str(), times, 0), 0);
  EXPECT_EQ(ask("/a.txt").fields.value_of(FieldId::kLastModified), "Sun, 06 Nov 1994 09:06:17 GMT");
}

}  // namespace
}  // namespace headgate::proxy::origin::files
