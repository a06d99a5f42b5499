#include "geoip/write/csv.h"

#include <gmock/gmock.h>

namespace headgate::geoip::write {
namespace {

/// "1: a|b; 3: c" or "... error at 2:3: why"
std::string read(std::string_view text) {
  CsvReader csv(text);
  std::string out;
  while (csv.next()) {
    out += (out.empty() ? "" : "; ") + std::to_string(csv.line()) + ": ";
    for (std::size_t i = 0; i < csv.fields().size(); ++i) out += (i == 0 ? "" : "|") + csv.fields()[i].text;
  }
  if (csv.error().empty()) return out;
  return out + " error at " + std::to_string(csv.line()) + ":" + std::to_string(csv.column()) + ": " +
         std::string(csv.error());
}

TEST(Csv, ReadsLinesAndFields) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("a,b\nc,d\n"), "1: a|b; 2: c|d");
  EXPECT_EQ(read("a,b\r\nc,d"), "1: a|b; 2: c|d");
  EXPECT_EQ(read("\n\r\na,,\n\n,b\n"), "3: a||; 5: |b");
  EXPECT_EQ(read("a\rb,c"), "1: a\rb|c");
}

TEST(Csv, ReadsQuotedFields) {
  EXPECT_EQ(read("\"a,b\",\"c \"\"d\"\"\"\n\"two\nlines\",e\nf\n"), "1: a,b|c \"d\"; 2: two\nlines|e; 4: f");
  EXPECT_EQ(read("\"\",x"), "1: |x");
  EXPECT_EQ(read("a,\"b\nc"), " error at 2:2: a quoted field does not end");
  EXPECT_EQ(read("ok\n\"a\"b,c"), "1: ok error at 2:4: after a closing quote comes a comma or the end of the line");
}

TEST(Csv, BoundsFieldsAndTheirLength) {
  const std::string longest(CsvReader::kFieldBytesMax, 'x');
  EXPECT_EQ(read(longest), "1: " + longest);
  EXPECT_THAT(read(longest + "x"), testing::HasSubstr("a field is longer than 4096 bytes"));
  EXPECT_EQ(read("\"" + longest + "\""), "1: " + longest);
  EXPECT_THAT(read("\"" + longest + "x\""), testing::HasSubstr("a field is longer than 4096 bytes"));
  const std::string most(CsvReader::kFieldsMax - 1, ',');
  EXPECT_THAT(read(most), testing::Not(testing::HasSubstr("error")));
  EXPECT_THAT(read(most + ","), testing::HasSubstr("a line has more than 64 fields"));
}

TEST(Csv, KnowsWhereAFieldBegins) {
  CsvReader csv("a,\"b\",c\n");
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.fields()[0].column, 1);
  EXPECT_EQ(csv.fields()[1].column, 3);
  EXPECT_EQ(csv.fields()[2].column, 7);
}

}  // namespace
}  // namespace headgate::geoip::write
