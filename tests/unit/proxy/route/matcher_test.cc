#include "proxy/route/matcher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/route/requests.h"

namespace headgate::proxy::route {
namespace {

config::Route route_of(config::Match match) {
  config::Route out;
  out.match = std::move(match);
  return out;
}

config::Match host_path(std::vector<std::string> hosts, std::optional<std::string> path = std::nullopt) {
  config::Match out;
  out.hosts = std::move(hosts);
  out.path = std::move(path);
  return out;
}

class RoutesOf {
 public:
  RoutesOf& add(config::Match match) {
    routes_.push_back(route_of(std::move(match)));
    return *this;
  }
  Matcher compile() const {
    std::vector<config::Listener> listeners(2);
    listeners[0].name = "web";
    listeners[1].name = "inner";
    base::Result<Matcher> out = Matcher::compile(routes_, listeners);
    EXPECT_TRUE(out) << out.error().message;
    return std::move(*out);
  }

 private:
  std::vector<config::Route> routes_;
};

TEST(Matcher, FirstOfTheFileWinsNotTheMostExact) {
  const Matcher matcher = RoutesOf()
                              .add(host_path({"a.com"}, "/x/y"))
                              .add(host_path({}, "/x/"))
                              .add(host_path({"a.com"}, "/x/"))
                              .add(host_path({"*.com"}))
                              .add(host_path({}))
                              .compile();
  EXPECT_EQ(matcher.find(TestRequest("a.com", "/x/y").input()), 0u);
  EXPECT_EQ(matcher.find(TestRequest("a.com", "/x/z").input()), 1u);
  EXPECT_EQ(matcher.find(TestRequest("a.com", "/x/").input()), 1u);
  EXPECT_EQ(matcher.find(TestRequest("A.COM.", "/x").input()), 3u);
  EXPECT_EQ(matcher.find(TestRequest("com", "/x").input()), 4u);
  EXPECT_EQ(matcher.find(TestRequest("", "*", "OPTIONS").input()), 4u);
}

TEST(Matcher, NoRouteAtAll) {
  EXPECT_EQ(Matcher::compile({}, {})->find(TestRequest("a.com", "/").input()), kNoRoute);
  const Matcher matcher = RoutesOf().add(host_path({"a.com"}, "/api/")).compile();
  EXPECT_EQ(matcher.find(TestRequest("a.com", "/api").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("a.com", "/apix/").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("b.com", "/api/").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("a.com", "/api/").input()), 0u);
}

TEST(Matcher, PrefixDepthsAtTheirBound) {
  for (const std::size_t depth :
       {Matcher::kDepthMax - 1, Matcher::kDepthMax, Matcher::kDepthMax + 1, std::size_t{100}}) {
    std::string prefix;
    for (std::size_t i = 0; i + 1 < depth; ++i) prefix += "/a";
    prefix += "/";
    const Matcher matcher = RoutesOf().add(host_path({}, prefix + "b/")).add(host_path({}, prefix)).compile();
    EXPECT_EQ(matcher.find(TestRequest("h", prefix + "b/c").input()), 0u) << depth;
    EXPECT_EQ(matcher.find(TestRequest("h", prefix + "c").input()), 1u) << depth;
    EXPECT_EQ(matcher.find(TestRequest("h", prefix.substr(0, prefix.size() - 1)).input()), kNoRoute) << depth;
  }
}

TEST(Matcher, HostLengthAtItsBound) {
  const std::string longest(Matcher::kHostBytesMax, 'a');
  const Matcher matcher =
      RoutesOf().add(host_path({longest})).add(host_path({longest + "a"})).add(host_path({})).compile();
  EXPECT_EQ(matcher.find(TestRequest(longest, "/").input()), 0u);
  EXPECT_EQ(matcher.find(TestRequest(longest + "a", "/").input()), 2u);
}

TEST(Matcher, WildcardsOfManyLabels) {
  std::string suffix = ".x";
  for (int i = 0; i < 70; ++i) suffix = ".l" + suffix;
  const Matcher matcher = RoutesOf().add(host_path({"*" + suffix})).add(host_path({"*.l.x"})).compile();
  EXPECT_EQ(matcher.find(TestRequest("l" + suffix, "/").input()), 0u);
  EXPECT_EQ(matcher.find(TestRequest(suffix.substr(1), "/").input()), 1u);
  EXPECT_EQ(matcher.find(TestRequest("l.x", "/").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest(".l.x", "/").input()), kNoRoute);
}

TEST(Matcher, EveryOtherCondition) {
  config::Match method;
  method.methods = {"GET", "REPORT"};
  method.path = "/m";
  config::Match header;
  header.headers = {{"X-Debug", "1"}, {"accept", "*"}};
  config::Match query;
  query.query = {{"v", "a b"}};
  config::Match cookie;
  cookie.cookies = {{"beta", "*"}};
  config::Match client;
  client.clients = {*base::IpNetwork::parse("10.0.0.0/8")};
  config::Match listener;
  listener.listeners = {"inner"};
  const Matcher matcher = RoutesOf().add(method).add(header).add(query).add(cookie).add(client).add(listener).compile();
  EXPECT_EQ(matcher.find(TestRequest("", "/m").input()), 0u);
  EXPECT_EQ(matcher.find(TestRequest("", "/m", "REPORT").input()), 0u);
  EXPECT_EQ(matcher.find(TestRequest("", "/m", "get").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("", "/m", "HEAD").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("", "/").with("x-debug", "0").with("X-DEBUG", "1").with("Accept", "").input()),
            1u);
  EXPECT_EQ(matcher.find(TestRequest("", "/").with("x-debug", "1").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("", "/?w=1&v=a%20b").input()), 2u);
  EXPECT_EQ(matcher.find(TestRequest("", "/?v=a%20").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("", "/").with("Cookie", "a=1").with("Cookie", "beta=x").input()), 3u);
  EXPECT_EQ(matcher.find(TestRequest("", "/").from("10.9.8.7").input()), 4u);
  EXPECT_EQ(matcher.find(TestRequest("", "/").from("11.9.8.7").at(1).input()), 5u);
}

TEST(Matcher, ManyRegularExpressionsOfOneDirectory) {
  RoutesOf routes;
  for (int i = 0; i < 2500; ++i) {  // three sets
    config::Match match;
    match.path_regex = fmt::format("^/u/(a|b)[0-9]*-{}$", i);
    if (i % 2 == 1) match.methods = {"POST"};
    routes.add(match);
  }
  config::Match last;
  last.path_regex = "-7$";
  const Matcher matcher = routes.add(last).compile();
  EXPECT_EQ(matcher.find(TestRequest("", "/u/a12-0").input()), 0u);
  EXPECT_EQ(matcher.find(TestRequest("", "/u/b-2498").input()), 2498u);
  EXPECT_EQ(matcher.find(TestRequest("", "/u/b-2499").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("", "/u/b-2499", "POST").input()), 2499u);
  EXPECT_EQ(matcher.find(TestRequest("", "/u/b-7").input()), 2500u);
  EXPECT_EQ(matcher.find(TestRequest("", "/u/b-7", "POST").input()), 7u);
}

TEST(Matcher, ManyValuesOfOneName) {
  RoutesOf routes;
  for (int i = 0; i < 100; ++i) {
    config::Match match;
    match.headers = {{"X-Tenant", fmt::format("t{}", i)}, {"X-All", "1"}};
    routes.add(match);
    config::Match by_query;
    by_query.query = {{"tenant", fmt::format("t/{}", i)}};
    routes.add(by_query);
  }
  const Matcher matcher = routes.compile();
  EXPECT_EQ(matcher.find(TestRequest("", "/").with("x-tenant", "t42").with("x-all", "1").input()), 84u);
  EXPECT_EQ(matcher.find(TestRequest("", "/").with("x-tenant", "t42").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("", "/").with("x-all", "1").input()), kNoRoute);
  EXPECT_EQ(matcher.find(TestRequest("", "/?tenant=t%2F42").input()), 85u);
  EXPECT_EQ(matcher.find(TestRequest("", "/?tenant=t/42").input()), 85u);
  EXPECT_EQ(matcher.find(TestRequest("", "/?tenant=t/420").input()), kNoRoute);
}

TEST(Matcher, ExplainsEachEarlierRoute) {
  config::Match post = host_path({"a.com"}, "/api/");
  post.methods = {"POST", "PUT"};
  const Matcher matcher = RoutesOf()
                              .add(host_path({"b.com", "*.c.com"}))
                              .add(post)
                              .add(host_path({"a.com"}, "/other"))
                              .add(host_path({"a.com"}))
                              .add(host_path({}))
                              .compile();
  const TestRequest request("a.com", "/api/x");
  const Explanation out = matcher.explain(request.input());
  EXPECT_EQ(out.route, 3u);
  ASSERT_EQ(out.earlier.size(), 3u);
  EXPECT_EQ(out.earlier[0].condition, Condition::kHost);
  EXPECT_EQ(out.earlier[0].text, "host is 'a.com', not b.com, *.c.com");
  EXPECT_EQ(out.earlier[1].condition, Condition::kMethod);
  EXPECT_EQ(out.earlier[1].text, "method is GET, not POST, PUT");
  EXPECT_EQ(out.earlier[2].condition, Condition::kPath);
  EXPECT_EQ(out.earlier[2].text, "path '/api/x' is not /other");
}

TEST(Matcher, RefusesWhatConfigShouldHaveRefused) {
  config::Match regex;
  regex.path_regex = "(";
  config::Match listener;
  listener.listeners = {"nowhere"};
  for (const config::Match& match : {regex, listener, host_path({""}), host_path({"*."})}) {
    const base::Result<Matcher> out = Matcher::compile({route_of(match)}, {});
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, base::ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace headgate::proxy::route
