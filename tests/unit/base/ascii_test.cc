#include "base/ascii.h"

#include "base/short_copy.h"

#include <gtest/gtest.h>

#include <cstring>

namespace headgate::base {
namespace {

TEST(Ascii, TokenCharactersAreThoseOfTheRfc) {
  for (int c = 0; c < 256; ++c) {
    const bool expected = c > 0x20 && c < 0x7f && std::strchr("\"(),/:;<=>?@[\\]{}", c) == nullptr;
    EXPECT_EQ(is_token_char(static_cast<char>(c)), expected) << c;
  }
  EXPECT_TRUE(is_token("X-A"));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
}

TEST(Ascii, HexValues) {
  for (int c = 0; c < 256; ++c) {
    const char* const digits = "0123456789abcdef";
    const char* const found = c == 0 ? nullptr : std::strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
    EXPECT_EQ(hex_value(static_cast<char>(c)), found == nullptr ? -1 : static_cast<int>(found - digits)) << c;
  }
}

TEST(Ascii, CaseIsFoldedForLettersAlone) {
  EXPECT_TRUE(equals_ignoring_case("Content-Length", "cONTENT-lENGTH"));
  EXPECT_FALSE(equals_ignoring_case("a@b", "a`b"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_EQ(lowered("A@Z[\xc3\x84"), "a@z[\xc3\x84");
}

TEST(Ascii, Trimmed) {
  EXPECT_EQ(trimmed(" \t a b\t "), "a b");
  EXPECT_EQ(trimmed(" \t"), "");
  EXPECT_EQ(trimmed("\na\r"), "\na\r");
}

TEST(Ascii, Decimals) {
  EXPECT_EQ(parse_decimal<int>("0"), 0);
  EXPECT_EQ(parse_decimal<int>("007"), 7);
  EXPECT_EQ(parse_decimal<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_decimal<std::uint16_t>("65536"), std::nullopt);
  for (std::string_view text : {"", "-1", "+1", " 1", "1 ", "1a", "0x1", "99999999999999999999"}) {
    EXPECT_EQ(parse_decimal<int>(text), std::nullopt) << text;
  }
}

}  // namespace
TEST(Ascii, LowersInPlaceWhatLowersByteByByte) {
  for (std::size_t size = 0; size <= 40; ++size) {
    for (int first = 0; first < 256; ++first) {
      std::string text;
      for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(first + static_cast<int>(i) * 7);
      std::string expected = text;
      for (char& c : expected) c = to_lower(c);
      lower_in_place(text.data(), text.size());
      EXPECT_EQ(text, expected) << size << " from " << first;
    }
  }
}

TEST(ShortCopy, DecimalsOfEveryLength) {
  std::uint64_t value = 0;
  for (int digits = 0; digits <= 20; ++digits) {
    for (const std::uint64_t each : {value, value + 1, value - 1, ~std::uint64_t{0} - value}) {
      char text[20];
      EXPECT_EQ(std::string_view(text, static_cast<std::size_t>(put_decimal(text, each) - text)), std::to_string(each));
    }
    value = value == 0 ? 1 : value * 10;
  }
}

}  // namespace headgate::base
