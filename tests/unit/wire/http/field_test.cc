#include "wire/http/field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/ascii.h"

namespace headgate::wire::http {
namespace {

using testing::ElementsAre;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

TEST(FieldId, EveryNameIsFoundInAnyCase) {
  for (int i = 1; i < static_cast<int>(FieldId::kCount); ++i) {
    const auto id = static_cast<FieldId>(i);
    const std::string_view name = name_of(id);
    ASSERT_FALSE(name.empty());
    EXPECT_EQ(field_id_of(name), id) << name;
    EXPECT_EQ(field_id_of(base::lowered(name)), id) << name;
    EXPECT_EQ(field_id_of(upper(name)), id) << name;
  }
}

TEST(FieldId, NearlyTheNameIsNotTheName) {
  for (int i = 1; i < static_cast<int>(FieldId::kCount); ++i) {
    const std::string name(name_of(static_cast<FieldId>(i)));
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string other = name;
        other[at] = static_cast<char>(other[at] ^ (1 << bit));
        if (base::equals_ignoring_case(other, name)) continue;
        EXPECT_EQ(field_id_of(other), FieldId::kOther) << other;
      }
    }
    EXPECT_EQ(field_id_of(name + "x"), FieldId::kOther) << name;
    EXPECT_EQ(field_id_of(std::string_view(name).substr(1)), FieldId::kOther) << name;
  }
  EXPECT_EQ(field_id_of(""), FieldId::kOther);
  EXPECT_EQ(field_id_of("x"), FieldId::kOther);
  EXPECT_EQ(field_id_of(std::string(300, 'x')), FieldId::kOther);
}

class FieldsTest : public testing::Test {
 protected:
  FieldsTest() {
    fields_.add("Host", "a");
    fields_.add("X-One", "1");
    fields_.add("Via", "first");
    fields_.add("x-one", "2");
    fields_.add(FieldId::kVia, "second");
    fields_.add("X-Two", "3");
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const Field& field : fields_) out.push_back(std::string(field.name) + "=" + std::string(field.value));
    return out;
  }
  Fields fields_;
};

TEST_F(FieldsTest, Finds) {
  EXPECT_EQ(fields_.find(FieldId::kVia)->value, "first");
  EXPECT_EQ(fields_.find("vIA")->value, "first");
  EXPECT_EQ(fields_.find("X-ONE")->value, "1");
  EXPECT_EQ(fields_.find("X-Three"), nullptr);
  EXPECT_EQ(fields_.find(FieldId::kDate), nullptr);
  EXPECT_EQ(fields_.value_of(FieldId::kHost), "a");
  EXPECT_EQ(fields_.value_of(FieldId::kDate), "");
  EXPECT_EQ(fields_.count(FieldId::kVia), 2u);
  EXPECT_EQ(fields_.count(FieldId::kDate), 0u);
  EXPECT_TRUE(fields_.has_any(Fields::bit(FieldId::kDate) | Fields::bit(FieldId::kHost)));
  EXPECT_FALSE(fields_.has_any(Fields::bit(FieldId::kDate)));
}

TEST_F(FieldsTest, Removes) {
  EXPECT_EQ(fields_.remove(FieldId::kVia), 2u);
  EXPECT_FALSE(fields_.has(FieldId::kVia));
  EXPECT_EQ(fields_.remove("X-ONE"), 2u);
  EXPECT_EQ(fields_.remove("X-ONE"), 0u);
  EXPECT_EQ(fields_.remove("HOST"), 1u);
  EXPECT_THAT(lines(), ElementsAre("X-Two=3"));
}

TEST_F(FieldsTest, RemovesTheOnlyOneOfItsName) {
  fields_.remove_only(*fields_.find(FieldId::kHost));
  EXPECT_FALSE(fields_.has(FieldId::kHost));
  fields_.remove_only(*fields_.find("x-two"));
  EXPECT_EQ(fields_.find("x-two"), nullptr);
  EXPECT_EQ(fields_.count(FieldId::kVia), 2u);
}

TEST_F(FieldsTest, RemovesSets) {
  fields_.remove_all(Fields::bit(FieldId::kVia) | Fields::bit(FieldId::kHost) | Fields::bit(FieldId::kDate));
  EXPECT_THAT(lines(), ElementsAre("X-One=1", "x-one=2", "X-Two=3"));
  EXPECT_FALSE(fields_.has(FieldId::kHost));
}

TEST_F(FieldsTest, SetsAtThePlaceOfTheFirst) {
  fields_.set(FieldId::kVia, "only");
  fields_.set("X-ONE", "9");
  fields_.set("X-New", "n");
  fields_.set(FieldId::kDate, "d");
  EXPECT_THAT(lines(), ElementsAre("Host=a", "X-ONE=9", "Via=only", "X-Two=3", "X-New=n", "Date=d"));
}

TEST_F(FieldsTest, ClearKeepsTheMemory) {
  const Field* before = &*fields_.begin();
  fields_.clear();
  EXPECT_TRUE(fields_.empty());
  EXPECT_FALSE(fields_.has(FieldId::kHost));
  for (int i = 0; i < 6; ++i) fields_.add("Host", "b");
  EXPECT_EQ(&*fields_.begin(), before);
}

std::vector<std::string> members(std::string_view list) {
  std::vector<std::string> out;
  for_each_member(list, [&out](std::string_view member) {
    out.emplace_back(member);
    return true;
  });
  return out;
}

TEST(ListMembers, AreSplitAndTrimmed) {
  EXPECT_THAT(members("a"), ElementsAre("a"));
  EXPECT_THAT(members(" a ,\tb,,c , "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(members(R"(a="x,y" , b)"), ElementsAre(R"(a="x,y")", "b"));
  EXPECT_THAT(members(R"("a\",b",c)"), ElementsAre(R"("a\",b")", "c"));
  EXPECT_THAT(members(R"("open, never closed)"), ElementsAre(R"("open, never closed)"));
  EXPECT_THAT(members(R"("ends in a backslash\)"), ElementsAre(R"("ends in a backslash\)"));
  EXPECT_THAT(members(""), ElementsAre());
}

TEST(ListMembers, StopWhenAsked) {
  int seen = 0;
  EXPECT_FALSE(for_each_member("a,b,c", [&seen](std::string_view member) {
    ++seen;
    return member != "b";
  }));
  EXPECT_EQ(seen, 2);
}

TEST(HasToken, IgnoresCase) {
  EXPECT_TRUE(has_token("keep-alive, Close", "close"));
  EXPECT_FALSE(has_token("keep-alive, closed", "close"));
  EXPECT_FALSE(has_token("", "close"));
}

}  // namespace
}  // namespace headgate::wire::http
