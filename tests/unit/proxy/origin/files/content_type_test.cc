#include "proxy/origin/files/content_type.h"

#include <gtest/gtest.h>

namespace headgate::proxy::origin::files {
namespace {

TEST(ContentType, ByExtension) {
  EXPECT_EQ(content_type_of("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type_of("a.b/INDEX.HTML"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type_of("app.min.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type_of("a.7z"), "application/x-7z-compressed");
  EXPECT_EQ(content_type_of("a.zst"), "application/zstd");
  EXPECT_EQ(content_type_of("site.webmanifest"), "application/manifest+json");
  for (const char* unknown : {"", "README", "a.b/c", "a.", ".html", "dir/.css", "a.webmanifestx", "a.htmlx", "a.aaa"}) {
    EXPECT_EQ(content_type_of(unknown), "application/octet-stream") << unknown;
  }
}

}  // namespace
}  // namespace headgate::proxy::origin::files
