#include "proxy/route/field_rules.h"

#include <gtest/gtest.h>

namespace headgate::proxy::route {
namespace {

using wire::http::Fields;

std::string text_of(const Fields& fields) {
  std::string out;
  for (const wire::http::Field& field : fields) out += std::string(field.name) + ": " + std::string(field.value) + "\n";
  return out;
}

Variables some_variables() {
  Variables out;
  out.set(Variable::kClient, "192.0.2.1");
  out.set(Variable::kHost, "a.com");
  out.set(Variable::kPath, "/p");
  out.set(Variable::kBackend, "app-1");
  return out;
}

TEST(FieldTemplate, EveryNameOfConfigHasItsVariable) {
  for (const auto names :
       {config::request_placeholders(), config::response_placeholders(), config::redirect_placeholders()}) {
    for (const std::string_view name : names) {
      const base::Result<FieldTemplate> out = FieldTemplate::compile("{" + std::string(name) + "}", names);
      ASSERT_TRUE(out) << out.error().message;
      ASSERT_NE(out->uses(), 0u) << name;
      EXPECT_EQ(name_of(static_cast<Variable>(std::countr_zero(out->uses()))), name);
    }
  }
}

TEST(FieldTemplate, Expands) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"{client}", "192.0.2.1"},
      {"<{client}|{host}>{path}", "<192.0.2.1|a.com>/p"},
      {"{query}", ""},
      {"{\"a\":{}}", "{\"a\":{}}"},
      {"{{host}}", "{a.com}"},
  };
  for (const Case& c : cases) {
    const base::Result<FieldTemplate> out = FieldTemplate::compile(c.text, config::request_placeholders());
    ASSERT_TRUE(out) << c.text;
    base::Arena arena;
    EXPECT_EQ(out->expand(some_variables(), arena), c.expected) << c.text;
  }
}

TEST(FieldTemplate, ValuesCanNotEndALine) {
  const base::Result<FieldTemplate> out = FieldTemplate::compile("a{path}b", config::request_placeholders());
  ASSERT_TRUE(out);
  Variables variables;
  variables.set(Variable::kPath, std::string_view("x\r\nSet-Cookie: y\0z", 18));
  base::Arena arena;
  EXPECT_EQ(out->expand(variables, arena), "axSet-Cookie: yzb");
  for (const std::string& text : {std::string("a\rb"), std::string("a\nb"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(FieldTemplate::compile(text, config::request_placeholders()));
  }
}

TEST(FieldTemplate, AnUnknownNameListsTheKnown) {
  const base::Result<FieldTemplate> out = FieldTemplate::compile("{clint}", config::redirect_placeholders());
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message, "no variable {clint}; there are {uri}, {host}, {path}, {query}, {scheme}");
  EXPECT_FALSE(FieldTemplate::compile("{backend}", config::request_placeholders()));
  EXPECT_TRUE(FieldTemplate::compile("{backend}", config::response_placeholders()));
}

TEST(FieldTemplate, UriWithoutCopyWhereItCan) {
  const std::string buffer = "/a/b?c=d rest";
  wire::http::RequestHead head;
  head.path = std::string_view(buffer).substr(0, 4);
  base::Arena arena;
  EXPECT_EQ(uri_of(head, arena), "/a/b");
  head.query = std::string_view(buffer).substr(5, 3);
  head.has_query = true;
  EXPECT_EQ(uri_of(head, arena), "/a/b?c=d");
  EXPECT_EQ(uri_of(head, arena).data(), buffer.data());
  const std::string other = "/x";
  head.path = other;
  EXPECT_EQ(uri_of(head, arena), "/x?c=d");
  head.query = {};
  EXPECT_EQ(uri_of(head, arena), "/x?");
}

TEST(FieldRules, RemovesThenSetsThenAdds) {
  config::FieldRules rules;
  rules.remove = {"X-Debug", "server"};
  rules.set = {{"X-Client", "{client}"}, {"Host", "inner"}, {"X-Debug", "new"}};
  rules.add = {{"Via", "one"}, {"X-Client", "again"}};
  const base::Result<CompiledFieldRules> compiled = CompiledFieldRules::compile(rules, MessageSide::kRequest);
  ASSERT_TRUE(compiled) << compiled.error().message;
  EXPECT_EQ(compiled->uses(), bit(Variable::kClient));
  Fields fields;
  fields.add("host", "a.com");
  fields.add("x-debug", "1");
  fields.add("X-DEBUG", "2");
  fields.add("x-client", "forged");
  fields.add("X-Client", "forged");
  fields.add("Server", "s");
  base::Arena arena;
  compiled->apply(fields, some_variables(), arena);
  EXPECT_EQ(text_of(fields), "Host: inner\nX-Client: 192.0.2.1\nX-Debug: new\nVia: one\nX-Client: again\n");
}

TEST(FieldRules, RefusesWhatWouldBreakTheMessage) {
  const auto compiles = [](config::FieldRules rules, MessageSide side = MessageSide::kRequest) {
    return static_cast<bool>(CompiledFieldRules::compile(rules, side));
  };
  for (const char* name : {"Connection", "content-length", "TRANSFER-ENCODING"}) {
    EXPECT_FALSE(compiles({.set = {{name, "x"}}, .add = {}, .remove = {}})) << name;
    EXPECT_FALSE(compiles({.set = {}, .add = {{name, "x"}}, .remove = {}})) << name;
    EXPECT_FALSE(compiles({.set = {}, .add = {}, .remove = {name}})) << name;
  }
  for (const char* name : {"Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade"}) {
    EXPECT_FALSE(compiles({.set = {{name, "x"}}, .add = {}, .remove = {}})) << name;
    EXPECT_TRUE(compiles({.set = {}, .add = {}, .remove = {name}})) << name;
  }
  EXPECT_FALSE(compiles({.set = {}, .add = {{"Host", "x"}}, .remove = {}}));
  EXPECT_FALSE(compiles({.set = {}, .add = {}, .remove = {"Host"}}));
  EXPECT_TRUE(compiles({.set = {{"Host", "x"}}, .add = {}, .remove = {}}));
  EXPECT_FALSE(compiles({.set = {{"bad name", "x"}}, .add = {}, .remove = {}}));
  EXPECT_FALSE(compiles({.set = {{"", "x"}}, .add = {}, .remove = {}}));
  EXPECT_FALSE(compiles({.set = {{"X", "{nothing}"}}, .add = {}, .remove = {}}));
  EXPECT_FALSE(compiles({.set = {{"X", "{backend}"}}, .add = {}, .remove = {}}));
  EXPECT_TRUE(compiles({.set = {{"X", "{backend}"}}, .add = {}, .remove = {}}, MessageSide::kResponse));
}

}  // namespace
}  // namespace headgate::proxy::route
