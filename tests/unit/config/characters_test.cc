#include "config/yaml/characters.h"

#include <gtest/gtest.h>

namespace headgate::config::yaml {
namespace {

TEST(Characters, FindsTheFirstForbiddenByte) {
  const std::pair<std::string_view, std::optional<std::size_t>> cases[] = {
      {"", std::nullopt},
      {"a\tb\r\nc", std::nullopt},
      {"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xaa", std::nullopt},
      {std::string_view("a\0b", 3), 1},
      {"a\x04", 1},
      {"ab\x7f", 2},
      {"a\x80", 1},
      {"\xc3", 0},
      {"\xc0\xaf", 0},      // overlong
      {"\xe0\x80\x80", 0},  // overlong
      {"\xed\xa0\x80", 0},  // a surrogate
      {"\xf4\x90\x80\x80", 0},
      {"\xf5\x80\x80\x80", 0},
      {"\xe2\x82", 0},
      {"x\xff\xfe", 1},
  };
  for (const auto& [text, offset] : cases) EXPECT_EQ(first_forbidden_byte(text), offset) << text;
}

TEST(Characters, PrintableIsOneLine) {
  EXPECT_TRUE(is_printable("max-age=0, \xc3\xa9"));
  EXPECT_FALSE(is_printable("a\nb"));
  EXPECT_FALSE(is_printable("a\rb"));
  EXPECT_FALSE(is_printable("a\tb"));
  EXPECT_FALSE(is_printable("a\x1b[0m"));
}

TEST(Characters, QuotesAtMost60BytesOfWholeCharacters) {
  EXPECT_EQ(in_quotes("ap"), "'ap'");
  EXPECT_EQ(in_quotes("a\nb"), "'a?b'");
  EXPECT_EQ(in_quotes(std::string(60, 'x')), "'" + std::string(60, 'x') + "'");
  EXPECT_EQ(in_quotes(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
  EXPECT_EQ(in_quotes(std::string(59, 'x') + "\xc3\xa9"), "'" + std::string(59, 'x') + "...'");
}

}  // namespace
}  // namespace headgate::config::yaml
