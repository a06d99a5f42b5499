#include "proxy/ctl/text/columns.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace headgate::proxy::ctl::text {
namespace {

TEST(Columns, CountsWhatATerminalShows) {
  EXPECT_EQ(columns_of(""), 0);
  EXPECT_EQ(columns_of("app-1"), 5);
  EXPECT_EQ(columns_of("größe"), 5);
  EXPECT_EQ(columns_of("e\xCC\x81"), 1);  // e and a combining acute
  EXPECT_EQ(columns_of("日本"), 4);
  EXPECT_EQ(columns_of("🚀"), 2);
  EXPECT_EQ(columns_of("▁▂█"), 3);
  EXPECT_EQ(columns_of("\xff\xfe"), 2) << "bytes that are no UTF-8 are marks of one column each";
}

TEST(Columns, WhatATerminalWouldActOnIsMadeVisible) {
  EXPECT_EQ(printable("app-1"), "app-1");
  EXPECT_EQ(printable("größe 日本 🚀"), "größe 日本 🚀");
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable("a\nb\tc\x7f"), "a\\x0ab\\x09c\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m")
      << "CSI as one character (C1)";
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "txt.exe"),
            "\\u{202e}txt.exe")
      << "writing from right to left";
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xff"
                      "a\xc0\x80"),
            "\xef\xbf\xbd"
            "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "a surrogate";
}

TEST(Columns, JsonForATerminalKeepsItsValue) {
  EXPECT_EQ(printable_json("{\n  \"a\": \"\xc2\x9b\"\n}"), "{\n  \"a\": \"\\u009b\"\n}");
}

TEST(Columns, CutsInTheMiddleSoThatBothEndsAreSeen) {
  EXPECT_EQ(cut_middle("app/app-1", 9), "app/app-1");
  EXPECT_EQ(cut_middle("application/backend-17", 12), "applic…nd-17");
  EXPECT_EQ(cut_middle("abcdef", 1), "…");
  EXPECT_EQ(cut_middle("abcdef", 0), "");
  EXPECT_EQ(cut_middle("日本語日本語", 6), "日…語") << "half a wide character does not exist";
  EXPECT_EQ(cut_end("HTTP 503 from /healthz", 12), "HTTP 503 fr…");
}

TEST(Columns, Wraps) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("", 7), std::vector<std::string>{""});
  EXPECT_EQ(wrapped("abcdefgh ij", 3), (std::vector<std::string>{"abc", "def", "gh", "ij"}));
}

TEST(Columns, AsciiTakesTheSameColumns) {
  EXPECT_EQ(ascii_only("a…b ▁▄█ ── é 日"), "a~b .=@ -- ? ??");
}

// Whatever comes in: nothing that a terminal acts on comes out, and nothing is wider than asked.
TEST(Columns, NothingIsWiderThanAskedAndNothingIsRaw) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string alphabet[] = {"a",         "-",     " ",  "é",        "日",   "🚀",
                                  "e\xCC\x81", "\x1b[", "\n", "\xc2\x9b", "\xff", "\xe2\x80\xae"};
  for (int round = 0; round < 2000; ++round) {
    std::string raw;
    for (int i = static_cast<int>(random() % 40); i > 0; --i) raw += alphabet[random() % std::size(alphabet)];
    const std::string text = printable(raw);
    for (const char c : text) ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << raw;
    ASSERT_EQ(text.find("\xc2\x9b"), std::string::npos);
    ASSERT_EQ(printable(text), text) << "printable text stays as it is";
    const int columns = static_cast<int>(random() % 30);
    ASSERT_LE(columns_of(cut_middle(text, columns)), columns) << text;
    ASSERT_LE(columns_of(cut_end(text, columns)), columns) << text;
    ASSERT_EQ(columns_of(ascii_only(text)), columns_of(text)) << text;
    ASSERT_GE(columns_of(filled_left(text, columns)), columns);
    for (const std::string& line : wrapped(text, std::max(columns, 2))) {
      ASSERT_LE(columns_of(line), std::max(columns, 2)) << text;
    }
  }
}

}  // namespace
}  // namespace headgate::proxy::ctl::text
