#include "wire/http2/priority.h"

#include <gtest/gtest.h>

namespace headgate::wire::http2 {
namespace {

TEST(Priority, LaidOverTable) {
  struct Case {
    std::string_view value;
    Priority expected;
  };
  const Priority before{5, true};
  for (const Case& one : {
           Case{"", {5, true}}, Case{"u=0", {0, true}}, Case{"u=7, i=?0", {7, false}}, Case{"i", {5, true}},
           Case{"i=?0", {5, false}}, Case{"u=8", {5, true}},  // RFC 9218 section 4: out of range is as if absent
           Case{"u=-1", {5, true}},                           // and so is another type
           Case{"u=a, i=1", {5, true}}, Case{"u=(1 2)", {5, true}}, Case{"u=1, unknown=3", {1, true}},
           Case{"u=1, u=2", {2, true}},  // RFC 8941: the last holds
           Case{"u=1,", {5, true}},      // malformed: the whole field is as if absent
       }) {
    EXPECT_EQ(laid_over(before, one.value), one.expected) << one.value;
  }
}

TEST(Priority, FieldInAnyCaseTheFirstOne) {
  http::Fields fields;
  EXPECT_EQ(priority_field_of(fields).data(), nullptr);
  fields.add("Age", "1");
  fields.add("PRIORITY", "u=1");
  fields.add("priority", "u=2");
  EXPECT_EQ(priority_field_of(fields), "u=1");
}

}  // namespace
}  // namespace headgate::wire::http2
