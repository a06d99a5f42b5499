#include "proxy/explain/field_changes.h"

#include <gmock/gmock.h>

namespace headgate::proxy::explain {
namespace {

using testing::ElementsAre;

std::vector<std::string> shown(const std::vector<FieldChange>& changes) {
  std::vector<std::string> out;
  for (const FieldChange& change : changes) {
    std::string text = change.change + " " + change.name + " [" + change.by + "]";
    for (const std::string& value : change.before) text += " " + value;
    text += " ->";
    for (const std::string& value : change.after) text += " " + value;
    out.push_back(text);
  }
  return out;
}

TEST(FieldHistory, SaysWhatBecameOfEachNameAndByWhom) {
  wire::http::Fields fields;
  fields.add("Host", "a");
  fields.add("X-Debug", "1");
  fields.add("accept", "x");
  fields.add("Accept", "y");
  FieldHistory history(fields);
  fields.remove("X-Debug");
  fields.add("Via", "1.1 headgate");
  history.step(fields, "first");
  fields.set("HOST", "b");
  fields.add("X-Gone", "1");
  history.step(fields, [](const std::string& name) { return "rule " + name; });
  fields.remove("X-Gone");
  fields.add("ACCEPT", "z");
  history.step(fields, "last");
  EXPECT_THAT(shown(history.changes()),
              ElementsAre("removed X-Debug [first] 1 ->", "added Via [first] -> 1.1 headgate",
                          "changed Host [rule host] a -> b", "changed accept [last] x y -> x y z"));
}

TEST(FieldHistory, WhatWasPutBackIsKept) {
  wire::http::Fields fields;
  fields.add("A", "1");
  FieldHistory history(fields);
  fields.set("A", "2");
  history.step(fields, "one");
  fields.set("a", "1");
  history.step(fields, "two");
  EXPECT_THAT(shown(history.changes()), ElementsAre("kept A [] 1 -> 1"));
}

TEST(RuleOf, NamesTheRuleThatWasLast) {
  config::FieldRules rules;
  rules.remove = {"X-Both", "Gone"};
  rules.set = {{"x-both", "1"}, {"Set", "2"}, {"Twice", "3"}};
  rules.add = {{"Added", "1"}, {"TWICE", "4"}};
  EXPECT_EQ(rule_of(rules, "request", "gone"), "headers.request.remove");
  EXPECT_EQ(rule_of(rules, "request", "x-both"), "headers.request.set");
  EXPECT_EQ(rule_of(rules, "response", "added"), "headers.response.add");
  EXPECT_EQ(rule_of(rules, "response", "twice"), "headers.response.set and add");
  EXPECT_EQ(rule_of(rules, "response", "other"), "headgate");
}

}  // namespace
}  // namespace headgate::proxy::explain
