#include "proxy/access_log/line/escape.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/random.h"

namespace headgate::proxy::access_log::line {
namespace {

// Memory of exactly the promised size, so that the sanitizer sees a byte beyond it.
std::string json_of(std::string_view text) {
  const std::size_t bound = text.size() * kJsonBytesPerByte;
  const std::unique_ptr<char[]> out(new char[bound]);
  const std::unique_ptr<char[]> exact_copy(new char[text.size()]);
  text.copy(exact_copy.get(), text.size());
  return '"' + std::string(out.get(), write_escaped_json({exact_copy.get(), text.size()}, out.get())) + '"';
}

std::string text_of(std::string_view text) {
  const std::size_t bound = text.size() * kTextBytesPerByte;
  const std::unique_ptr<char[]> out(new char[bound]);
  return std::string(out.get(), write_escaped_text(text, out.get()));
}

TEST(PlainText, EveryByteAtEveryPlace) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string text(size, 'x');
    EXPECT_TRUE(is_plain(text));
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = static_cast<char>(byte);
        const bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
        ASSERT_EQ(is_plain(text), plain) << byte << " at " << at << " of " << size;
      }
      text[at] = 'x';
    }
  }
}

TEST(JsonString, EveryByteAtEveryPlaceIsEscapedOrNot) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t size = 1; size < 20; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        char hex[8];
        std::snprintf(hex, sizeof hex, "\\u%04x", byte);
        std::string middle(1, static_cast<char>(byte));
        if (byte == '"' || byte == '\\') middle = std::string("\\") + static_cast<char>(byte);
        if (byte < 0x20 || byte >= 0x7f) middle = hex;
        ASSERT_EQ(json_of(text), '"' + std::string(at, 'x') + middle + std::string(size - at - 1, 'x') + '"')
            << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(JsonString, Utf8StaysAndWhatIsNotUtf8IsEscaped) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"\xc3\xa9", "\xc3\xa9"},                              // two bytes
      {"\xe2\x82\xac", "\xe2\x82\xac"},                      // three
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},              // four
      {"\xef\xbf\xbf", "\xef\xbf\xbf"},                      // U+FFFF
      {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},              // U+10FFFF
      {"\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"},  // beyond it
      {"\xc0\xaf", "\\u00c0\\u00af"},                        // overlong
      {"\xc1\xbf", "\\u00c1\\u00bf"},                        // overlong
      {"\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf"},             // overlong
      {"\xf0\x8f\xbf\xbf", "\\u00f0\\u008f\\u00bf\\u00bf"},  // overlong
      {"\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"},             // a surrogate
      {"\xed\x9f\xbf", "\xed\x9f\xbf"},                      // the last before them
      {"\xc3", "\\u00c3"},                                   // cut off
      {"\xe2\x82", "\\u00e2\\u0082"},                        // cut off
      {"\xf0\x9f\x98", "\\u00f0\\u009f\\u0098"},             // cut off
      {"\xe2\x82x", "\\u00e2\\u0082x"},                      // broken off
      {"\x80", "\\u0080"},                                   // a continuation alone
      {"\xf5\x80\x80\x80", "\\u00f5\\u0080\\u0080\\u0080"},  // no lead byte
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(json_of(text), '"' + std::string(expected) + '"');
}

TEST(JsonString, AnyBytesAreValidJson) {
  base::Random random(42);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random.below(40), '\0');
    for (char& c : text) c = static_cast<char>(random.below(256));
    const nlohmann::json parsed = nlohmann::json::parse(json_of(text), nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << json_of(text);
  }
}

TEST(EscapedText, LeavesNoByteThatEndsALineOrAField) {
  EXPECT_EQ(text_of("a\"b\\c\nd\x7f"
                    "e\xc3\xa9"),
            "a\\\"b\\\\c\\x0ad\\x7fe\\xc3\\xa9");
  EXPECT_EQ(text_of(""), "");
  EXPECT_EQ(text_of(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(text_of("plain text, long enough for blocks"), "plain text, long enough for blocks");
}

}  // namespace
}  // namespace headgate::proxy::access_log::line
