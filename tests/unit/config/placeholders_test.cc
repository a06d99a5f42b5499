#include "config/placeholders.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headgate::config {
namespace {

/// "literal" parts and <name> parts, joined.
std::string shown(std::string_view text, std::optional<std::string_view>& unknown) {
  std::string out;
  for (const TemplatePart& part : split_template(text, redirect_placeholders(), unknown)) {
    out += part.literal;
    if (part.placeholder >= 0) out += "<" + std::string(redirect_placeholders()[part.placeholder]) + ">";
    out += "|";
  }
  return out;
}

TEST(Placeholders, CutATextAtKnownNames) {
  std::optional<std::string_view> unknown;
  EXPECT_EQ(shown("", unknown), "");
  EXPECT_EQ(shown("plain", unknown), "plain|");
  EXPECT_EQ(shown("{uri}", unknown), "<uri>|");
  EXPECT_EQ(shown("https://{host}{uri}#x", unknown), "https://<host>|<uri>|#x|");
  EXPECT_FALSE(unknown);
}

TEST(Placeholders, OtherBracesAreText) {
  std::optional<std::string_view> unknown;
  EXPECT_EQ(shown(R"({"max_age": 1, "a": {}})", unknown), R"({"max_age": 1, "a": {}}|)");
  EXPECT_EQ(shown("{ uri }{URI}{uri", unknown), "{ uri }{URI}{uri|");
  EXPECT_EQ(shown("{{uri}}", unknown), "{<uri>|}|");
  EXPECT_FALSE(unknown);
}

TEST(Placeholders, NamesTheFirstUnknown) {
  std::optional<std::string_view> unknown;
  EXPECT_EQ(shown("{uri}{url}{urn}", unknown), "<uri>|{url}{urn}|");
  EXPECT_EQ(unknown, "url");
}

TEST(Placeholders, OnlyResponsesKnowTheBackend) {
  const auto knows_backend = [](std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), "backend") != names.end();
  };
  EXPECT_FALSE(knows_backend(request_placeholders()));
  EXPECT_TRUE(knows_backend(response_placeholders()));
  EXPECT_EQ(request_placeholders().size() + 1, response_placeholders().size());
}

}  // namespace
}  // namespace headgate::config
