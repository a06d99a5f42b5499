#include "proxy/cache/key/values.h"

#include <gtest/gtest.h>

namespace headgate::proxy::cache::key {
namespace {

std::string value(std::string_view name, std::vector<const char*> lines, const Codings& codings = {}) {
  wire::http::Fields fields;
  for (const char* line : lines) fields.add(name, line);
  base::Arena arena;
  return std::string(normalised_value(fields, name, codings, arena).value_or("absent"));
}

TEST(NormalisedValue, AnyField) {  // RFC 9111 section 4.1
  EXPECT_EQ(value("Foo", {}), "absent");
  EXPECT_EQ(value("Foo", {""}), "");
  EXPECT_EQ(value("Foo", {"1"}), "1");
  EXPECT_EQ(value("Foo", {"1,2"}), "1,2");
  EXPECT_EQ(value("Foo", {" 1, 2 "}), "1,2");
  EXPECT_EQ(value("Foo", {"1", "2"}), "1,2");
  EXPECT_EQ(value("Foo", {"2,1"}), "2,1");
  EXPECT_EQ(value("Foo", {"A"}), "A");
  EXPECT_EQ(value("Foo", {"\"a, b\" , c"}), "\"a, b\",c");
  EXPECT_EQ(value("Origin", {"https://a.com"}), "https://a.com");
  EXPECT_EQ(value("User-Agent", {"Mozilla/5.0 (X11; Linux)"}), "Mozilla/5.0 (X11; Linux)");
}

TEST(NormalisedValue, Cookie) {
  EXPECT_EQ(value("Cookie", {"b=2; a=1"}), "b=2; a=1");
  EXPECT_EQ(value("Cookie", {"b=2", "a=1"}), "b=2; a=1");
}

TEST(NormalisedValue, AcceptFields) {  // RFC 9110 section 12.5
  EXPECT_EQ(value("Accept-Language", {"en, de"}), "de,en");
  EXPECT_EQ(value("Accept-Language", {"de, eN"}), "de,en");
  EXPECT_EQ(value("Accept-Language", {" en ,   de"}), "de,en");
  EXPECT_EQ(value("Accept-Language", {"en", "de"}), "de,en");
  EXPECT_EQ(value("Accept-Language", {"de;q=0.5, en"}), "en,de;q=500");
  EXPECT_EQ(value("Accept-Language", {"en;q=1.000, de ; Q=0.50"}), "en,de;q=500");
  EXPECT_EQ(value("Accept-Language", {"en;q=2"}), "en;q=2");
  EXPECT_EQ(value("Accept-Language", {"*;q=0"}), "*;q=0");
  EXPECT_EQ(value("Accept-Language", {}), "absent");
  EXPECT_EQ(value("Accept", {"text/HTML, Application/json;q=0.9"}), "text/html,application/json;q=900");
  EXPECT_EQ(value("Accept", {"text/html ; Level=1"}), "text/html;Level=1");
  EXPECT_EQ(value("Accept", {"a/b;x=\"c ; D\""}), "a/b;x=\"c ; D\"");
  EXPECT_EQ(value("Accept-Charset", {"utf-8, ISO-8859-1;q=0.1"}), "utf-8,iso-8859-1;q=100");
}

TEST(NormalisedValue, AcceptEncodingIsReduced) {  // RFC 9110 section 12.5.3
  EXPECT_EQ(value("Accept-Encoding", {"gzip, deflate, br, zstd"}), "br,gzip,zstd");
  EXPECT_EQ(value("Accept-Encoding", {"br, zstd, gzip"}), "br,gzip,zstd");
  EXPECT_EQ(value("Accept-Encoding", {"GZIP"}), "gzip");
  EXPECT_EQ(value("Accept-Encoding", {"x-gzip, compress"}), "gzip");
  EXPECT_EQ(value("Accept-Encoding", {"gzip;q=0.5, br"}), "br>gzip");
  EXPECT_EQ(value("Accept-Encoding", {"gzip;q=0, br"}), "br");
  EXPECT_EQ(value("Accept-Encoding", {""}), "");
  EXPECT_EQ(value("Accept-Encoding", {"deflate"}), "");
  EXPECT_EQ(value("Accept-Encoding", {}), "absent");
  EXPECT_EQ(value("Accept-Encoding", {"*"}), "br,gzip,zstd,identity");
  EXPECT_EQ(value("Accept-Encoding", {"br;q=0.2, gzip;q=0.9, zstd;q=0.9, *;q=0.1"}), "gzip,zstd>br>identity");
  EXPECT_EQ(value("Accept-Encoding", {"br;q=0, br", "gzip"}), "gzip");
  EXPECT_EQ(value("Accept-Encoding", {"br;q=0.001"}), "br");
  EXPECT_EQ(value("Accept-Encoding", {"gzip, *;q=0"}), "gzip!identity");
  EXPECT_EQ(value("Accept-Encoding", {"gzip, identity;q=0.5"}), "gzip>identity");
  EXPECT_EQ(value("Accept-Encoding", {"gzip, deflate"}, Codings({"deflate"})), "deflate");
}

TEST(Codings, InOneSpelling) {
  EXPECT_EQ(Codings({"GZIP", "br", "gzip"}).offered(), (std::vector<std::string>{"br", "gzip"}));
  std::vector<std::string> many;
  for (char c = 'a'; c <= 'a' + static_cast<char>(Codings::kMax); ++c) many.emplace_back(1, c);
  EXPECT_EQ(Codings(many).offered().size(), Codings::kMax);
}

TEST(NormalisedValue, ManyMembersAreToldApartAsWritten) {
  std::string many = "b";
  for (std::size_t i = 1; i < kWeighedMax; ++i) many += ", a" + std::to_string(i);
  EXPECT_TRUE(value("Accept-Language", {many.c_str()}).ends_with(",b"));
  many += ", z";
  EXPECT_TRUE(value("Accept-Language", {many.c_str()}).starts_with("b,a1,"));
}

}  // namespace
}  // namespace headgate::proxy::cache::key
