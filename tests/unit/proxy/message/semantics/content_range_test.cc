#include "proxy/message/semantics/content_range.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::proxy::message::semantics {
namespace {

std::string text_of(std::string_view value) {
  const std::optional<ContentRange> range = parse_content_range(value);
  if (!range) return "refused";
  std::string out = range->range ? std::to_string(range->range->first) + "-" + std::to_string(range->range->last) : "*";
  return out + "/" + (range->whole ? std::to_string(*range->whole) : "*");
}

TEST(ContentRange, Values) {  // RFC 9110 section 14.4
  for (const auto& [value, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"bytes 0-4/10", "0-4/10"},
           {"BYTES 0-4/10", "0-4/10"},
           {"bytes 9-9/10", "9-9/10"},
           {"bytes 0-4/*", "0-4/*"},
           {"bytes */10", "*/10"},
           {"bytes 0-18446744073709551614/18446744073709551615", "0-18446744073709551614/18446744073709551615"},
           {"bytes 0-18446744073709551615/*", "refused"},
           {"bytes */*", "refused"},
           {"bytes 5-4/10", "refused"},
           {"bytes 5-10/10", "refused"},
           {"bytes 0-4", "refused"},
           {"bytes 0-/10", "refused"},
           {"bytes -4/10", "refused"},
           {"bytes 0-4/x", "refused"},
           {"bytes=0-4/10", "refused"},
           {"bytes 0 - 4/10", "refused"},
           {"items 0-4/10", "refused"},
           {"bytes 0-18446744073709551616/*", "refused"},
           {"", "refused"},
       }) {
    EXPECT_EQ(text_of(value), expected) << value;
  }
}

}  // namespace
}  // namespace headgate::proxy::message::semantics
