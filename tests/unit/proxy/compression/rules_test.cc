#include "proxy/compression/rules.h"

#include <gtest/gtest.h>

#include "proxy/compression/media_types.h"

namespace headgate::proxy::compression {
namespace {

using wire::coding::Coding;
using wire::http::FieldId;

TEST(MediaTypes, Table) {
  const MediaTypes types = MediaTypes::compile({"text/*", "application/json", "application/*+json", "image/svg+xml"});
  for (const char* in : {"text/html", "text/html; charset=utf-8", "TEXT/Plain", "text/event-stream", "application/json",
                         "application/json;charset=utf-8", " application/json ", "application/ld+json",
                         "application/vnd.api+json; ext=x", "image/svg+xml"}) {
    EXPECT_TRUE(types.has(in)) << in;
  }
  for (const char* out :
       {"", "text", "text/", "/html", "/", "application/jsonp", "application/json5", "image/png", "application/+json",
        "xtext/html", "text /html ", "application/octet-stream", "; charset=x"}) {
    EXPECT_FALSE(types.has(out)) << out;
  }
  EXPECT_FALSE(types.has("text/" + std::string(200, 'x'))) << "no registered type is so long";
}

TEST(MediaTypes, APatternLeavesOutWhatIsCompressedAlready) {
  const MediaTypes all = MediaTypes::compile({"*/*", "image/*", "application/*"});
  for (const char* out : {"image/png", "image/JPEG", "video/mp4", "audio/ogg", "application/zip", "application/grpc",
                          "application/grpc+proto", "application/grpc-web", "font/woff2", "application/gzip"}) {
    EXPECT_FALSE(all.has(out)) << out;
  }
  EXPECT_TRUE(all.has("image/bmp"));
  EXPECT_TRUE(all.has("application/octet-stream"));
  EXPECT_TRUE(MediaTypes::compile({"image/png", "*/*"}).has("image/png")) << "who names it wants it";
}

config::Compression settings_of_rules() {
  config::Compression out;
  out.algorithms = {{config::CompressionAlgorithm::kGzip, 4}, {config::CompressionAlgorithm::kZstd, 3}};
  out.types = {"text/*"};
  out.min_bytes = 100;
  return out;
}

struct Case {
  const char* name;
  Coding wanted = Coding::kGzip;
  std::uint16_t status = 200;
  std::vector<std::pair<FieldId, std::string_view>> request = {};
  std::vector<std::pair<FieldId, std::string_view>> response = {};
  std::optional<std::uint64_t> length = {};
  Skip skip = Skip::kNone;
  bool varies = true;
};

TEST(Rules, Judgements) {
  const auto html = std::pair(FieldId::kContentType, std::string_view("text/html"));
  const auto png = std::pair(FieldId::kContentType, std::string_view("image/png"));
  const Case cases[] = {
      {.name = "plain", .response = {html}, .length = 100},
      {.name = "unknown length", .response = {html}},
      {.name = "an error page too", .status = 500, .response = {html}},
      {.name = "one byte too short", .response = {html}, .length = 99, .skip = Skip::kSmall, .varies = false},
      {.name = "empty", .response = {html}, .length = 0, .skip = Skip::kSmall, .varies = false},
      {.name = "type", .response = {png}, .skip = Skip::kType, .varies = false},
      {.name = "no type", .skip = Skip::kType, .varies = false},
      {.name = "not accepted", .wanted = Coding::kIdentity, .response = {html}, .skip = Skip::kNotAccepted},
      {.name = "not accepted, and too short",
       .wanted = Coding::kIdentity,
       .response = {html},
       .length = 9,
       .skip = Skip::kSmall,
       .varies = false},
      {.name = "encoded", .response = {html, {FieldId::kContentEncoding, "gzip"}}, .skip = Skip::kEncoded},
      {.name = "encoded, whoever asks",
       .wanted = Coding::kIdentity,
       .response = {html, {FieldId::kContentEncoding, "br"}},
       .skip = Skip::kEncoded},
      {.name = "encoded by nothing", .response = {html, {FieldId::kContentEncoding, "Identity"}}},
      {.name = "no-transform",
       .response = {html, {FieldId::kCacheControl, "max-age=3, No-Transform"}},
       .skip = Skip::kNoTransform,
       .varies = false},
      {.name = "no-transform in a second line",
       .response = {html, {FieldId::kCacheControl, "public"}, {FieldId::kCacheControl, "no-transform"}},
       .skip = Skip::kNoTransform,
       .varies = false},
      {.name = "the client's no-transform",
       .request = {{FieldId::kCacheControl, "no-transform"}},
       .response = {html},
       .skip = Skip::kNoTransform},
      {.name = "206", .status = 206, .response = {html}, .skip = Skip::kPartial},
      {.name = "206 of few bytes", .status = 206, .response = {html}, .length = 3, .skip = Skip::kPartial},
      {.name = "a range",
       .status = 200,
       .response = {html, {FieldId::kContentRange, "bytes 0-9/10"}},
       .skip = Skip::kPartial},
  };
  const Rules rules = Rules::compile(settings_of_rules());
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    wire::http::RequestHead request;
    wire::http::ResponseHead response;
    response.status = each.status;
    for (const auto& [id, value] : each.request) request.fields.add(id, value);
    for (const auto& [id, value] : each.response) response.fields.add(id, value);
    const Judgement judgement = rules.judge(each.wanted, request, response, each.length);
    EXPECT_EQ(to_string(judgement.skip), to_string(each.skip));
    EXPECT_EQ(judgement.varies, each.varies);
  }
}

TEST(Rules, OfferInTheOrderOfTheConfigurationWithTheirLevels) {
  const Rules rules = Rules::compile(settings_of_rules());
  wire::http::Fields fields;
  fields.add(FieldId::kAcceptEncoding, "zstd, br, gzip");
  EXPECT_EQ(rules.coding_for(fields), Coding::kGzip);
  EXPECT_EQ(rules.level_of(Coding::kGzip), 4);
  EXPECT_EQ(rules.level_of(Coding::kZstd), 3);
}

}  // namespace
}  // namespace headgate::proxy::compression
