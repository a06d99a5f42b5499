#include "proxy/cache/key/vary.h"

#include <gtest/gtest.h>

namespace headgate::proxy::cache::key {
namespace {

using wire::http::Fields;
using Lines = std::vector<std::pair<const char*, const char*>>;

Fields fields_of(const Lines& lines) {
  Fields out;
  for (const auto& [name, value] : lines) out.add(name, value);
  return out;
}

std::string names(std::vector<const char*> lines) {
  Fields fields;
  for (const char* line : lines) fields.add("Vary", line);
  base::Arena arena;
  return std::string(vary_names(fields, arena).value_or("never"));
}

TEST(VaryNames, InOneSpelling) {  // RFC 9110 section 12.5.5
  EXPECT_EQ(names({}), "");
  EXPECT_EQ(names({""}), "");
  EXPECT_EQ(names({"Foo"}), "foo");
  EXPECT_EQ(names({"Foo, bar", " FOO ,Accept"}), "accept,bar,foo");
  for (const std::vector<const char*>& any : std::vector<std::vector<const char*>>{
           {"*"}, {"*, *"}, {", *"}, {"", "*"}, {"*, Foo"}, {"Foo, *"}, {"a b"}, {"a\"b"}}) {
    EXPECT_EQ(names(any), "never") << any.back();
  }
}

TEST(VaryNames, Bounds) {
  std::string many = "a0";
  for (std::size_t i = 1; i < kVaryNamesMax; ++i) many += ",a" + std::to_string(i);
  EXPECT_NE(names({many.c_str()}), "never");
  EXPECT_NE(names({many.c_str(), many.c_str()}), "never");
  EXPECT_EQ(names({(many + ",b").c_str()}), "never");
  EXPECT_NE(names({std::string(kVaryBytesMax - 1, 'a').c_str()}), "never");
  EXPECT_EQ(names({std::string(kVaryBytesMax, 'a').c_str()}), "never");
}

/// What the cache would do with one URI: the marker, and the answers by their variants.
class Shelf {
 public:
  /// The number of the answer that is found, or 0.
  int look_up(const Lines& request) {
    base::Arena arena;
    const Fields fields = fields_of(request);
    if (marker_.empty()) return plain_;
    const auto found = answers_.find(std::string(variant_values(marker_, fields, codings, arena)));
    return found == answers_.end() ? 0 : found->second;
  }
  bool store(const Lines& request, const Lines& response, int number) {
    base::Arena arena;
    const Fields asked = fields_of(request);
    const std::optional<Stored> stored = variant_of_stored(marker_, asked, fields_of(response), codings, arena);
    if (!stored) return false;
    marker_ = stored->marker;
    if (marker_.empty()) {
      plain_ = number;
    } else {
      answers_[std::string(stored->values)] = number;
    }
    EXPECT_EQ(look_up(request), number) << "what was stored for a request answers it";
    return true;
  }
  const std::string& marker() const { return marker_; }
  Codings codings;

 private:
  std::string marker_;
  int plain_ = 0;
  std::map<std::string, int> answers_;
};

TEST(Variants, ByTheFieldsThatAreNamed) {  // RFC 9111 section 4.1
  Shelf shelf;
  EXPECT_TRUE(shelf.store({{"Foo", "1"}, {"Other", "2"}}, {{"Vary", "Foo"}}, 1));
  EXPECT_EQ(shelf.look_up({{"Foo", "1"}, {"Other", "3"}}), 1);
  EXPECT_EQ(shelf.look_up({{"Foo", "2"}}), 0);
  EXPECT_EQ(shelf.look_up({}), 0);
  EXPECT_EQ(shelf.look_up({{"Foo", ""}}), 0);
  EXPECT_TRUE(shelf.store({{"Foo", "2"}}, {{"Vary", "foo"}}, 2));
  EXPECT_TRUE(shelf.store({}, {{"Vary", "FOO"}}, 3));
  EXPECT_EQ(shelf.look_up({{"foo", "1"}}), 1);
  EXPECT_EQ(shelf.look_up({{"Foo", "2"}}), 2);
  EXPECT_EQ(shelf.look_up({}), 3);
}

TEST(Variants, SeveralFields) {
  Shelf shelf;
  EXPECT_TRUE(shelf.store({{"Foo", "1"}, {"Baz", "789"}}, {{"Vary", "Foo, Bar, Baz"}}, 1));
  EXPECT_EQ(shelf.look_up({{"Baz", "789"}, {"Foo", "1"}}), 1);
  EXPECT_EQ(shelf.look_up({{"Foo", "1"}, {"Bar", "x"}, {"Baz", "789"}}), 0);
  EXPECT_EQ(shelf.look_up({{"Foo", "789"}, {"Baz", "1"}}), 0);
}

TEST(Variants, NoValuePassesForAnother) {
  Shelf shelf;
  EXPECT_TRUE(shelf.store({{"A", "1"}, {"B", "2"}}, {{"Vary", "a, b"}}, 1));
  for (const Lines& other : std::vector<Lines>{
           {{"A", "1,b:2"}}, {{"A", "1"}, {"B", "2,"}, {"B", "x"}}, {{"A", "1:2"}}, {{"B", "2"}}, {{"A", "12"}}}) {
    EXPECT_EQ(shelf.look_up(other), 0);
  }
}

TEST(Variants, OtherNamesReplaceTheMarker) {
  Shelf shelf;
  EXPECT_TRUE(shelf.store({{"Foo", "1"}}, {{"Vary", "Foo"}}, 1));
  EXPECT_TRUE(shelf.store({{"Foo", "1"}, {"Bar", "2"}}, {{"Vary", "Foo, Bar"}}, 2));
  EXPECT_EQ(shelf.marker(), "bar,foo");
  EXPECT_EQ(shelf.look_up({{"Foo", "1"}}), 0);
  EXPECT_EQ(shelf.look_up({{"Foo", "1"}, {"Bar", "2"}}), 2);
}

TEST(Variants, WhatCanNotBeToldApartIsNotStored) {
  Shelf shelf;
  EXPECT_FALSE(shelf.store({}, {{"Vary", "*"}}, 1));
  const Lines varies = {{"Vary", "Accept-Encoding"}};
  // deflate is not offered, so a client that takes it and one that does not have the same variant.
  EXPECT_FALSE(shelf.store({{"Accept-Encoding", "deflate"}}, {varies[0], {"Content-Encoding", "deflate"}}, 1));
  EXPECT_FALSE(shelf.store({{"Accept-Encoding", "gzip"}}, {varies[0], {"Content-Encoding", "gzip, x"}}, 1));
  EXPECT_TRUE(shelf.store({{"Accept-Encoding", "gzip, deflate"}}, {varies[0], {"Content-Encoding", "gzip"}}, 2));
  EXPECT_EQ(shelf.look_up({{"Accept-Encoding", "gzip"}}), 2);
  EXPECT_EQ(shelf.look_up({{"Accept-Encoding", "br"}}), 0);
  EXPECT_EQ(shelf.look_up({{"Accept-Encoding", "gzip, br"}}), 0);
  EXPECT_TRUE(shelf.store({}, {varies[0], {"Content-Encoding", "Identity"}}, 3));
}

TEST(Variants, TheLanguageThatIsWantedMost) {
  Shelf shelf;
  const Lines german = {{"Vary", "Accept-Language"}, {"Content-Language", "de"}};
  const Lines english = {{"Vary", "Accept-Language"}, {"Content-Language", "en"}};
  EXPECT_TRUE(shelf.store({{"Accept-Language", "en, de"}}, german, 1));
  EXPECT_EQ(shelf.marker(), "accept-language\nde");
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "fr;q=0.5, de;q=1.0"}}), 1);
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "DE"}}), 1);
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "en, de;q=0.9"}}), 0) << "there may be English";
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "de-ch"}}), 0);
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "*"}}), 0);
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "de;q=0"}}), 0);
  EXPECT_EQ(shelf.look_up({}), 0);
  EXPECT_TRUE(shelf.store({{"Accept-Language", "en, de;q=0.9"}}, english, 2));
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "en, fr;q=0.1"}}), 2);
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "de"}}), 1);
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "de, en"}}), 0) << "either may come: it is told apart by its own list";
}

TEST(Variants, ALanguageThatTheOriginNoLongerGivesIsForgotten) {
  Shelf shelf;
  EXPECT_TRUE(shelf.store({{"Accept-Language", "de"}}, {{"Vary", "Accept-Language"}, {"Content-Language", "de"}}, 1));
  EXPECT_TRUE(shelf.store({{"Accept-Language", "de"}}, {{"Vary", "Accept-Language"}, {"Content-Language", "en"}}, 2));
  EXPECT_EQ(shelf.marker(), "accept-language\nen");
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "de"}}), 2);
  EXPECT_EQ(shelf.look_up({{"Accept-Language", "en"}}), 0);
}

TEST(Variants, LanguagesAreBounded) {
  Shelf shelf;
  for (std::size_t i = 0; i <= kVaryLanguagesMax; ++i) {
    const std::string language = std::string("x") + static_cast<char>('a' + i);
    EXPECT_TRUE(shelf.store({{"Accept-Language", language.c_str()}},
                            {{"Vary", "Accept-Language"}, {"Content-Language", language.c_str()}},
                            static_cast<int>(i) + 1));
  }
  EXPECT_EQ(std::count(shelf.marker().begin(), shelf.marker().end(), ','), kVaryLanguagesMax - 1);
}

TEST(Variants, LanguagesThatAreNoneDoNotCount) {
  Shelf shelf;
  EXPECT_TRUE(
      shelf.store({{"Accept-Language", "de"}}, {{"Vary", "Accept-Language"}, {"Content-Language", "de, en"}}, 1));
  EXPECT_TRUE(shelf.store({{"Accept-Language", "fr"}}, {{"Vary", "Accept-Language"}, {"Content-Language", "f\nr"}}, 2));
  EXPECT_EQ(shelf.marker(), "accept-language");
}

}  // namespace
}  // namespace headgate::proxy::cache::key
