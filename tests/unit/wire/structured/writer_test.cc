#include "wire/structured/writer.h"

#include <gtest/gtest.h>

#include <array>

#include "wire/structured/structured.h"

namespace headgate::wire::structured {
namespace {

TEST(StructuredWriter, AnItemWithParameters) {  // section 4.1
  std::array<char, 200> memory{};
  Writer writer(memory);
  EXPECT_TRUE(writer.token_or_string("edge"));
  EXPECT_TRUE(writer.flag("hit"));
  EXPECT_TRUE(writer.integer("ttl", -30));
  EXPECT_TRUE(writer.token("fwd", "uri-miss"));
  EXPECT_TRUE(writer.string("key", "a\"b\\c\x01\xff"));
  EXPECT_TRUE(writer.token_or_string("detail", "two words"));
  EXPECT_EQ(writer.text(), R"(edge; hit; ttl=-30; fwd=uri-miss; key="a\"b\\c%01%FF"; detail="two words")");
  EXPECT_TRUE(parse_item(writer.text()).has_value());
}

TEST(StructuredWriter, WhatIsNoTokenIsAString) {
  for (const auto& [name, written] : std::initializer_list<std::pair<const char*, const char*>>{{"edge-1", "edge-1"},
                                                                                                {"*a", "*a"},
                                                                                                {"", "\"\""},
                                                                                                {"1a", "\"1a\""},
                                                                                                {"a b", "\"a b\""},
                                                                                                {"a/b:c", "a/b:c"}}) {
    std::array<char, 20> memory{};
    Writer writer(memory);
    EXPECT_TRUE(writer.token_or_string(name));
    EXPECT_EQ(writer.text(), written);
  }
}

TEST(StructuredWriter, WhatDoesNotFitIsLeftOutWhole) {
  const std::string_view whole = R"(edge; key="abc"; ttl=12)";
  for (std::size_t room = 0; room <= whole.size(); ++room) {
    std::string memory(room, '\0');
    Writer writer(memory);
    const bool has_name = writer.token_or_string("edge");
    EXPECT_EQ(has_name, room >= 4);
    if (!has_name) continue;
    const bool has_key = writer.string("key", "abc");
    EXPECT_EQ(has_key, room >= 15);
    writer.integer("ttl", 12);
    EXPECT_TRUE(parse_item(writer.text()).has_value()) << writer.text();
    if (room >= 15 && room < whole.size()) EXPECT_EQ(writer.text(), R"(edge; key="abc")");
    if (room >= 12 && room < 15) EXPECT_EQ(writer.text(), "edge; ttl=12");
  }
}

TEST(StructuredWriter, NumbersHaveFifteenDigits) {  // section 3.3.1
  std::array<char, 40> memory{};
  Writer writer(memory);
  EXPECT_FALSE(writer.integer("a", 1'000'000'000'000'000));
  EXPECT_FALSE(writer.integer("a", -1'000'000'000'000'000));
  EXPECT_TRUE(writer.integer("a", 999'999'999'999'999));
  EXPECT_FALSE(writer.token("b", "no token"));
  EXPECT_EQ(writer.text(), "; a=999999999999999");
}

}  // namespace
}  // namespace headgate::wire::structured
