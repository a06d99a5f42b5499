#include "wire/structured/structured.h"

#include <gtest/gtest.h>

namespace headgate::wire::structured {
namespace {

/// What was parsed, written down again in the RFC's own words, but without spaces.
std::string text_of(const Value& value) {
  switch (value.kind) {
    case Kind::kInteger:
      return std::to_string(value.number);
    case Kind::kDecimal:
      return std::to_string(value.number) + "m";  // thousandths
    case Kind::kString:
      return "\"" + std::string(value.text) + "\"";
    case Kind::kToken:
      return std::string(value.text);
    case Kind::kBytes:
      return ":" + std::string(value.text) + ":";
    case Kind::kBoolean:
      return value.boolean ? "?1" : "?0";
  }
  return "";
}
std::string text_of(const std::vector<Parameter>& parameters) {
  std::string out;
  for (const Parameter& p : parameters) out += ";" + std::string(p.key) + "=" + text_of(p.value);
  return out;
}
std::string text_of(const std::vector<Member>& members) {
  std::string out;
  for (const Member& m : members) {
    if (!out.empty()) out += ",";
    if (!m.key.empty()) out += std::string(m.key) + "=";
    if (m.is_inner_list) {
      out += "(";
      for (const Item& item : m.inner) out += text_of(item.value) + text_of(item.parameters) + " ";
      out += ")";
    } else {
      out += text_of(m.item.value);
    }
    out += text_of(m.item.parameters);
  }
  return out;
}

constexpr const char* kRefused = "refused";

std::string dictionary(std::string_view line, Keys keys = Keys::kLowerCase) {
  Dictionary out;
  return parse_dictionary(line, out, keys) ? text_of(out.members()) : kRefused;
}
std::string list(std::string_view line) {
  std::vector<Member> out;
  return parse_list(line, out) ? text_of(out) : kRefused;
}
std::string item(std::string_view text) {
  const std::optional<Item> out = parse_item(text);
  return out ? text_of(out->value) + text_of(out->parameters) : kRefused;
}

struct Case {
  const char* text;
  const char* meaning;
};

TEST(StructuredItems, Numbers) {  // sections 3.3.1, 3.3.2, 4.2.4
  for (const Case& c : std::vector<Case>{
           {"0", "0"},
           {"-0", "0"},
           {"42", "42"},
           {"  42  ", "42"},
           {"00042", "42"},
           {"-42", "-42"},
           {"999999999999999", "999999999999999"},
           {"-999999999999999", "-999999999999999"},
           {"9999999999999999", kRefused},
           {"4.5", "4500m"},
           {"-4.525", "-4525m"},
           {"0.1", "100m"},
           {"1.", kRefused},
           {".1", kRefused},
           {"1.1234", kRefused},
           {"999999999999.999", "999999999999999m"},
           {"1234567890123.1", kRefused},
           {"-", kRefused},
           {"--1", kRefused},
           {"+1", kRefused},
           {"1 2", kRefused},
           {"", kRefused},
           {"\t1", kRefused},
       }) {
    EXPECT_EQ(item(c.text), c.meaning) << c.text;
  }
}

TEST(StructuredItems, StringsTokensBytesBooleans) {  // sections 3.3.3 to 3.3.6
  for (const Case& c : std::vector<Case>{
           {R"("hello")", R"("hello")"},
           {R"("")", R"("")"},
           {R"("a \"b\" \\c")", R"("a \"b\" \\c")"},
           {R"("a\b")", kRefused},
           {R"("a\)", kRefused},
           {R"("a)", kRefused},
           {"\"a\tb\"", kRefused},
           {"\"a\x7f\"", kRefused},
           {"\"\xc3\xbc\"", kRefused},
           {"foo123/456", "foo123/456"},
           {"*a:b", "*a:b"},
           {"a\"b", kRefused},
           {"'a'", kRefused},
           {":aGk=:", ":aGk=:"},
           {"::", "::"},
           {":aGk=", kRefused},
           {":a-b:", kRefused},
           {"?1", "?1"},
           {"?0", "?0"},
           {"?2", kRefused},
           {"?", kRefused},
           {"a;b", "a;b=?1"},
           {"a; b=2;c=\"x\"", "a;b=2;c=\"x\""},
           {"a;b=1;b=2", "a;b=2"},
           {"a ;b", kRefused},
           {"a;B", kRefused},
           {"a;", kRefused},
           {"a;b=", kRefused},
       }) {
    EXPECT_EQ(item(c.text), c.meaning) << c.text;
  }
  EXPECT_EQ(unescaped(R"(a \"b\" \\c)"), R"(a "b" \c)");
}

TEST(StructuredLists, MembersAndInnerLists) {  // sections 3.1, 4.2.1
  for (const Case& c : std::vector<Case>{
           {"", ""},
           {"   ", ""},
           {"a", "a"},
           {"a,b", "a,b"},
           {"a \t,\t b", "a,b"},
           {"a,", kRefused},
           {"a, ", kRefused},
           {",a", kRefused},
           {"a,,b", kRefused},
           {"a b", kRefused},
           {"(a b);q=1, c;d", "(a b );q=1,c;d=?1"},
           {"( a;x  b )", "(a;x=?1 b )"},
           {"()", "()"},
           {"(a", kRefused},
           {"(a,b)", kRefused},
           {"(a\tb)", kRefused},
           {"((a))", kRefused},
       }) {
    EXPECT_EQ(list(c.text), c.meaning) << c.text;
  }
}

TEST(StructuredDictionaries, Members) {  // sections 3.2, 4.2.2
  for (const Case& c : std::vector<Case>{
           {"", ""},
           {"max-age=60, no-store", "max-age=60,no-store=?1"},
           {"a=1;x=2,b;y", "a=1;x=2,b=?1;y=?1"},
           {"a=(1 2)", "a=(1 2 )"},
           {"a=?0", "a=?0"},
           {"a=1,b=2,a=3", "a=3,b=2"},
           {"*a_b.c-d=1", "*a_b.c-d=1"},
           {"a =1", kRefused},
           {"a= 1", kRefused},
           {"a=", kRefused},
           {"1a=1", kRefused},
           {"A=1", kRefused},
           {"a=1;q=2;", kRefused},
           {"a=1 b=2", kRefused},
           {"a=1,", kRefused},
       }) {
    EXPECT_EQ(dictionary(c.text), c.meaning) << c.text;
  }
  EXPECT_EQ(dictionary("MaX-aGe=3600;ABC", Keys::kAnyCase), "MaX-aGe=3600;ABC=?1");
}

TEST(StructuredDictionaries, LinesAreOneField) {  // section 4.2 step 1
  Dictionary out;
  ASSERT_TRUE(parse_dictionary("a=1, b", out));
  ASSERT_TRUE(parse_dictionary("", out));
  ASSERT_TRUE(parse_dictionary("c=x, a=2", out));
  EXPECT_EQ(text_of(out.members()), "a=2,b=?1,c=x");
  ASSERT_NE(out.find("c"), nullptr);
  EXPECT_EQ(out.find("c")->item.value.text, "x");
  EXPECT_EQ(out.find("d"), nullptr);
}

std::string repeated(std::string_view first, std::string_view next, std::size_t count) {
  std::string out(first);
  for (std::size_t i = 1; i < count; ++i) out += std::string(next) + std::to_string(i);
  return out;
}

TEST(StructuredBounds, AtTheEdge) {
  EXPECT_NE(dictionary(repeated("a", ",a", kMembersMax)), kRefused);
  EXPECT_EQ(dictionary(repeated("a", ",a", kMembersMax + 1)), kRefused);
  EXPECT_NE(list(repeated("a", ",a", kMembersMax)), kRefused);
  EXPECT_EQ(list(repeated("a", ",a", kMembersMax + 1)), kRefused);
  EXPECT_NE(list(repeated("(a", " a", kInnerItemsMax) + ")"), kRefused);
  EXPECT_EQ(list(repeated("(a", " a", kInnerItemsMax + 1) + ")"), kRefused);
  EXPECT_NE(item("x" + repeated(";a", ";a", kParametersMax)), kRefused);
  EXPECT_EQ(item("x" + repeated(";a", ";a", kParametersMax + 1)), kRefused);
  EXPECT_NE(item("\"" + std::string(kStringBytesMax - 1, 'x') + "\""), kRefused);
  EXPECT_EQ(item("\"" + std::string(kStringBytesMax, 'x') + "\""), kRefused);
}

}  // namespace
}  // namespace headgate::wire::structured
