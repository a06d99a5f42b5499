#include "proxy/cache/entry/record.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace headgate::proxy::cache::entry {
namespace {

using wire::http::FieldId;

class RecordTest : public ::testing::Test {
 protected:
  RecordTest() {
    fields_.add("Content-Type", "text/css");
    fields_.add("X-Empty", "");
    fields_.add("etag", "\"1\"");
    fields_.add("ETag", "\"2\"");
    parts_.key = "www.example.com/a/b.css?v=1";
    parts_.subjects = {11, 22, tags_, "/a/b.css"};
    parts_.sequence = 77;
    parts_.fields = &fields_;
    parts_.meta.status = 200;
    parts_.meta.lifetime = std::chrono::seconds(60);
  }
  Record written() {
    memory_.assign((*Record::bytes_of(parts_) + 7) / 8, ~std::uint64_t{0});
    return Record::write(parts_, key::Hash{8, 9}, reinterpret_cast<char*>(memory_.data()));
  }

  std::vector<std::uint64_t> tags_ = {5, 6, 7};
  wire::http::Fields fields_;
  Parts parts_;
  std::vector<std::uint64_t> memory_;
};

void expect_the_same(const Record& a, const Record& b) {
  EXPECT_EQ(a.key(), b.key());
  EXPECT_EQ(a.http1_head(), b.http1_head());
  EXPECT_EQ(a.status(), b.status());
  EXPECT_EQ(a.sequence(), b.sequence());
  EXPECT_EQ(a.meta().lifetime, b.meta().lifetime);
  EXPECT_EQ(a.subjects().path, b.subjects().path);
  EXPECT_EQ(a.field_count(), b.field_count());
}

TEST_F(RecordTest, says_what_it_was_made_of) {
  const Record record = written();
  EXPECT_EQ(record.key(), parts_.key);
  EXPECT_EQ(record.key_hash(), (key::Hash{8, 9}));
  EXPECT_EQ(record.status(), 200);
  EXPECT_EQ(record.sequence(), 77U);
  EXPECT_EQ(record.body_bytes(), Record::kUnknown);
  EXPECT_EQ(record.meta().lifetime, std::chrono::seconds(60));
  EXPECT_EQ(record.subjects().url, 11U);
  EXPECT_EQ(record.subjects().host, 22U);
  EXPECT_EQ(record.subjects().path, "/a/b.css");
  EXPECT_TRUE(std::equal(tags_.begin(), tags_.end(), record.subjects().tags.begin(), record.subjects().tags.end()));
  EXPECT_EQ(record.http1_head(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nX-Empty: \r\netag: \"1\"\r\nETag: \"2\"\r\n");
  ASSERT_EQ(record.field_count(), 4U);
  EXPECT_EQ(record.field(1).name, "X-Empty");
  EXPECT_EQ(record.field(1).value, "");
  EXPECT_EQ(record.field(1).id, FieldId::kOther);
  EXPECT_EQ(record.field(2).id, FieldId::kEtag);
  wire::http::Fields out;
  record.add_fields_to(out);
  EXPECT_EQ(out.count(FieldId::kEtag), 2U);
  EXPECT_EQ(out.value_of(FieldId::kContentType), "text/css");
}

TEST_F(RecordTest, a_reason_of_its_own_and_a_status_without_one) {
  parts_.reason = "Fine";
  EXPECT_TRUE(written().http1_head().starts_with("HTTP/1.1 200 Fine\r\n"));
  parts_.reason = {};
  parts_.status = 299;
  EXPECT_TRUE(written().http1_head().starts_with("HTTP/1.1 299 \r\n"));
}

TEST_F(RecordTest, bounds) {
  const std::string key(Record::kKeyBytesMax + 1, 'k');
  parts_.key = std::string_view(key).substr(1);
  EXPECT_TRUE(Record::bytes_of(parts_));
  EXPECT_TRUE(Record::parse(written().sealed(0)));
  parts_.key = key;
  EXPECT_FALSE(Record::bytes_of(parts_));
  parts_.key = "k";

  tags_.assign(Record::kTagsMax, 1);
  parts_.subjects.tags = tags_;
  EXPECT_TRUE(Record::parse(written().sealed(0)));
  tags_.push_back(1);
  parts_.subjects.tags = tags_;
  EXPECT_FALSE(Record::bytes_of(parts_));
  parts_.subjects.tags = {};

  fields_.clear();
  const std::string value(Record::kHeadBytesMax - std::string_view("HTTP/1.1 200 OK\r\nA: \r\n").size(), 'v');
  fields_.add("A", value);
  EXPECT_TRUE(Record::parse(written().sealed(0)));
  fields_.add("B", "");
  EXPECT_FALSE(Record::bytes_of(parts_));
  fields_.clear();
  for (std::size_t i = 0; i < Record::kFieldsMax; ++i) fields_.add("A", "");
  EXPECT_TRUE(Record::parse(written().sealed(0)));
  fields_.add("A", "");
  EXPECT_FALSE(Record::bytes_of(parts_));
  fields_.clear();
  parts_.status = 99;
  EXPECT_FALSE(Record::bytes_of(parts_));
}

TEST_F(RecordTest, a_sealed_one_is_read_as_it_was) {
  const Record record = written();
  const std::string sealed = record.sealed(1234) + "the body";
  const base::Result<Record> parsed = Record::parse(sealed);
  ASSERT_TRUE(parsed) << parsed.error().message;
  expect_the_same(*parsed, record);
  EXPECT_EQ(parsed->body_bytes(), 1234U);
  EXPECT_EQ(parsed->bytes(), record.bytes());
  EXPECT_EQ(parsed->key_hash(), key::Hash{});
}

TEST_F(RecordTest, cut_anywhere_it_is_none) {
  const std::string sealed = written().sealed(0);
  for (std::size_t bytes = 0; bytes < sealed.size(); ++bytes) {
    EXPECT_FALSE(Record::parse(std::string_view(sealed).substr(0, bytes))) << bytes;
  }
}

TEST_F(RecordTest, a_flipped_bit_makes_it_none) {
  std::string sealed = written().sealed(0);
  for (std::size_t at = 0; at < sealed.size() * 8; ++at) {
    const char before = sealed[at / 8];
    sealed[at / 8] = static_cast<char>(before ^ (1 << at % 8));
    EXPECT_FALSE(Record::parse(sealed)) << at;
    sealed[at / 8] = before;
  }
}

TEST_F(RecordTest, what_was_not_sealed_is_none) {
  const Record record = written();
  const std::string_view bytes(reinterpret_cast<const char*>(memory_.data()), record.bytes());
  EXPECT_FALSE(Record::parse(bytes));
}

}  // namespace
}  // namespace headgate::proxy::cache::entry
