#include "proxy/compression/answer_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::proxy::compression {
namespace {

using wire::coding::Coding;
using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;

std::vector<std::string> values(const Fields& fields, FieldId id) {
  std::vector<std::string> out;
  for (const Field& field : fields) {
    if (field.id == id) out.emplace_back(field.value);
  }
  return out;
}
using Values = std::vector<std::string>;

struct VaryCase {
  std::vector<std::string_view> before;
  Values after;
};

TEST(AnswerFields, VaryTable) {
  const VaryCase cases[] = {
      {{}, {"Accept-Encoding"}},
      {{"Cookie"}, {"Cookie, Accept-Encoding"}},
      {{"Cookie, Origin"}, {"Cookie, Origin, Accept-Encoding"}},
      {{"Cookie", "Origin"}, {"Cookie, Origin, Accept-Encoding"}},
      {{"Accept-Encoding"}, {"Accept-Encoding"}},
      {{"accept-encoding, Cookie"}, {"accept-encoding, Cookie"}},
      {{"Cookie", "Accept-encoding"}, {"Cookie", "Accept-encoding"}},
      {{"*"}, {"*"}},
      {{""}, {"Accept-Encoding"}},
      {{"Accept"}, {"Accept, Accept-Encoding"}},
  };
  for (const VaryCase& each : cases) {
    base::Arena arena;
    Fields fields;
    for (const std::string_view line : each.before) fields.add(FieldId::kVary, line);
    add_vary(fields, arena);
    EXPECT_EQ(values(fields, FieldId::kVary), each.after);
    add_vary(fields, arena);
    EXPECT_EQ(values(fields, FieldId::kVary), each.after) << "never twice";
  }
}

struct EtagCase {
  std::string_view before;
  std::string_view after;
};

TEST(AnswerFields, EtagTable) {
  const EtagCase cases[] = {
      {"\"x\"", "W/\"x\""}, {"W/\"x\"", "W/\"x\""}, {"\"\"", "W/\"\""},
      {"x", "x"},           {"\"", "\""},           {"w/\"x\"", "w/\"x\""},
  };
  for (const EtagCase& each : cases) {
    base::Arena arena;
    Fields fields;
    fields.add(FieldId::kEtag, each.before);
    weaken_etag(fields, arena);
    EXPECT_EQ(fields.value_of(FieldId::kEtag), each.after);
  }
  base::Arena arena;
  Fields none;
  weaken_etag(none, arena);
  EXPECT_TRUE(none.empty());
}

TEST(AnswerFields, WhatSaysSomethingOfTheBytesGoes) {
  base::Arena arena;
  Fields fields;
  fields.add("Content-Length", "10");
  fields.add("Accept-Ranges", "bytes");
  fields.add("content-md5", "x");
  fields.add("DIGEST", "sha-256=x");
  fields.add("Content-Digest", "sha-256=:x:");
  fields.add("Repr-Digest", "sha-256=:x:");
  fields.add("Content-Encoding", "identity");
  fields.add("Last-Modified", "x");
  fields.add("X-Digest", "stays");
  mark_encoded(fields, Coding::kBrotli, arena);
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_EQ(values(fields, FieldId::kContentEncoding), Values{"br"});
  EXPECT_EQ(fields.value_of(FieldId::kLastModified), "x");
}

TEST(AnswerFields, NotModifiedSaysNothingOfContent) {
  wire::http::ResponseHead head;
  head.reason = "OK";
  for (const auto& [name, value] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"Content-Length", "10"},
                                                                  {"Content-Type", "text/html"},
                                                                  {"Content-Language", "de"},
                                                                  {"ETag", "\"x\""},
                                                                  {"Cache-Control", "max-age=3"},
                                                                  {"Vary", "Cookie"},
                                                                  {"Set-Cookie", "a=b"}}) {
    head.fields.add(name, value);
  }
  make_not_modified(head);
  EXPECT_EQ(head.status, 304);
  EXPECT_EQ(head.reason, "");
  EXPECT_EQ(head.fields.size(), 4u);
  EXPECT_FALSE(head.fields.has(FieldId::kContentType));
}

}  // namespace
}  // namespace headgate::proxy::compression
