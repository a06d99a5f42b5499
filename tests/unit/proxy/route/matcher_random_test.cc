#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>

#include "base/random.h"
#include "proxy/route/matcher.h"
#include "tests/unit/proxy/route/requests.h"

// The matcher against a reference that tries one route after the other, written from the meaning of the keys alone,
// over random configurations and requests of few names, so that near misses are common.
namespace headgate::proxy::route {
namespace {

const std::vector<std::string> kHosts = {"a.com", "b.a.com", "*.a.com", "*.com", "*.b.a.com", "com", "x.org"};
const std::vector<std::string> kRequestHosts = {"a.com", "A.Com.",  "b.a.com", "c.b.a.com", ".a.com", "com",
                                                "x.org", "y.x.org", "",        "a..com",    "aa.com"};
const std::vector<std::string> kPaths = {"/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/b/", "/a/b/c/", "/b"};
const std::vector<std::string> kTargets = {
    "/",   "/a",    "/a/",  "/a/b",  "/a/b/",  "/a/b/c", "/a/b/c/d/e", "/b",       "/b/x", "*",
    "/ab", "/aa/b", "/a/7", "/a//b", "/a?q=1", "/?q=2",  "/b/?q=%31",  "/a/b?p=1", "/?p",  "/?p=1&q=1"};
const std::vector<std::string> kRegexes = {"^/a/", "^/a/\\d+$", "b",       "^/(a|b)/",
                                           "c$",   "^/a|^/b",   "^/a/b?$", "[ab]/[bc]"};
const std::vector<std::string> kMethods = {"GET", "POST", "REPORT", "PUT"};
const std::vector<std::string> kNetworks = {"10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "192.0.2.1"};
const std::vector<std::string> kClients = {"10.1.2.3", "10.2.2.3", "192.0.2.1", "2001:db8::5", "::1"};

const std::string& one_of(const std::vector<std::string>& list, base::Random& random) {
  return list[random.below(static_cast<std::uint32_t>(list.size()))];
}

/// A value of ten, or "*".
std::string random_value(base::Random& random) {
  const std::uint32_t number = random.below(11);
  return number == 10 ? "*" : std::to_string(number);
}

config::Match random_match(base::Random& random, std::uint32_t rarity) {
  const auto rarely = [&] { return random.below(rarity) == 0; };
  config::Match out;
  if (!rarely()) {
    for (std::uint32_t i = random.below(3); i > 0; --i) out.hosts.push_back(one_of(kHosts, random));
  }
  if (!rarely() && random.below(3) != 0) out.path = one_of(kPaths, random);
  if (rarely()) out.path_regex = one_of(kRegexes, random);
  if (rarely()) out.methods = {one_of(kMethods, random), one_of(kMethods, random)};
  if (rarely()) out.headers.push_back({random.below(2) == 0 ? "X-A" : "Accept", random_value(random)});
  if (rarely()) out.headers.push_back({"x-a", random_value(random)});
  if (rarely()) out.query.push_back({random.below(2) == 0 ? "q" : "p", random_value(random)});
  if (rarely()) out.cookies.push_back({"k", random_value(random)});
  if (rarely()) out.clients.push_back(*base::IpNetwork::parse(one_of(kNetworks, random)));
  if (rarely()) out.listeners = {random.below(2) == 0 ? "web" : "inner"};
  return out;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool reference_host(const config::Match& match, std::string host) {
  if (match.hosts.empty()) return true;
  host = lower(host);
  if (host.size() > 1 && host.ends_with('.')) host.pop_back();
  for (const std::string& wanted : match.hosts) {
    if (wanted == host) return true;
    if (wanted[0] == '*' && host.size() > wanted.size() - 1 && host.ends_with(wanted.substr(1))) return true;
  }
  return false;
}

bool reference_value(const std::string& wanted, std::string_view value) {
  return wanted == "*" || wanted == value;
}

using Regexes = std::map<std::string, std::unique_ptr<RE2>>;

bool reference_matches(const config::Match& match, const TestRequest& request, const Regexes& regexes) {
  const wire::http::RequestHead& head = request.head;
  if (!reference_host(match, std::string(head.host))) return false;
  if (match.path && !(match.path->ends_with('/') ? head.path.starts_with(*match.path) : head.path == *match.path)) {
    return false;
  }
  if (match.path_regex && !RE2::PartialMatch(std::string(head.path), *regexes.at(*match.path_regex))) return false;
  const auto& methods = match.methods;
  if (!methods.empty() && std::find(methods.begin(), methods.end(), head.method_text) == methods.end()) return false;
  for (const config::NameValueMatch& wanted : match.headers) {
    const bool found = std::any_of(head.fields.begin(), head.fields.end(), [&](const wire::http::Field& field) {
      return lower(std::string(field.name)) == lower(wanted.name) && reference_value(wanted.value, field.value);
    });
    if (!found) return false;
  }
  for (const config::NameValueMatch& wanted : match.query) {
    const auto value = wire::http::query_value(head.query, wanted.name);
    if (!value || !reference_value(wanted.value, *wire::http::percent_decoded(*value))) return false;
  }
  for (const config::NameValueMatch& wanted : match.cookies) {
    bool found = false;
    for (const wire::http::Field& field : head.fields) {
      if (field.id != wire::http::FieldId::kCookie) continue;
      const auto value = wire::http::cookie_value(field.value, wanted.name);
      found = found || (value && reference_value(wanted.value, *value));
    }
    if (!found) return false;
  }
  const auto holds_client = [&](const base::IpNetwork& network) { return network.contains(request.client); };
  if (!match.clients.empty() && std::none_of(match.clients.begin(), match.clients.end(), holds_client)) return false;
  const std::string listener = request.listener == 0 ? "web" : "inner";
  return match.listeners.empty() || match.listeners[0] == listener;
}

std::uint32_t reference_find(const std::vector<config::Route>& routes, const TestRequest& request,
                             const Regexes& regexes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (reference_matches(routes[i].match, request, regexes)) return static_cast<std::uint32_t>(i);
  }
  return kNoRoute;
}

void fill(TestRequest& request, base::Random& random, std::vector<std::string>& values) {
  values.clear();
  values.reserve(4);
  const auto value = [&](std::string_view before) -> std::string_view {
    return values.emplace_back(std::string(before) + std::to_string(random.below(10)));
  };
  if (random.below(2) == 0) request.with("x-A", value(""));
  if (random.below(3) == 0) request.with("X-a", value(""));
  if (random.below(2) == 0) request.with("ACCEPT", value(""));
  if (random.below(2) == 0) request.with("Cookie", value("z=1; k="));
  request.from(one_of(kClients, random)).at(random.below(2));
}

void run_configurations(std::uint64_t seed, int configurations, std::uint32_t routes_max) {
  base::Random random(seed);
  std::vector<config::Listener> listeners(2);
  listeners[0].name = "web";
  listeners[1].name = "inner";
  std::vector<std::string> values;
  Regexes regexes;
  for (const std::string& regex : kRegexes) regexes[regex] = std::make_unique<RE2>(regex);
  int matched = 0;
  for (int i = 0; i < configurations; ++i) {
    std::vector<config::Route> routes(1 + random.below(routes_max));
    const std::uint32_t rarity = 1 + random.below(6);
    for (config::Route& route : routes) route.match = random_match(random, rarity);
    const base::Result<Matcher> matcher = Matcher::compile(routes, listeners);
    ASSERT_TRUE(matcher) << matcher.error().message;
    for (int k = 0; k < 40; ++k) {
      const std::string& host = one_of(kRequestHosts, random);
      const std::string& target = one_of(kTargets, random);
      TestRequest request(host, target, one_of(kMethods, random));
      fill(request, random, values);
      const std::uint32_t expected = reference_find(routes, request, regexes);
      matched += expected != kNoRoute ? 1 : 0;
      ASSERT_EQ(matcher->find(request.input()), expected)
          << "seed " << seed << ", configuration " << i << ", request " << host << " " << target;
      if (k % 8 != 0) continue;  // its texts take most of the time
      const Explanation explanation = matcher->explain(request.input());
      ASSERT_EQ(explanation.route, expected) << "seed " << seed << ", configuration " << i;
      ASSERT_EQ(explanation.earlier.size(), expected == kNoRoute ? routes.size() : expected);
    }
  }
  // A run in which nothing, or everything, matches would prove little.
  EXPECT_GT(matched, configurations * 4);
  EXPECT_LT(matched, configurations * 39);
}

TEST(MatcherRandom, FewRoutes) {
  const std::uint64_t seed = base::entropy_seed();
  RecordProperty("seed", std::to_string(seed));
  run_configurations(seed, 1500, 12);
}

TEST(MatcherRandom, ManyRoutesOfFewKeys) {
  const std::uint64_t seed = base::entropy_seed();
  RecordProperty("seed", std::to_string(seed));
  run_configurations(seed, 60, 300);
}

}  // namespace
}  // namespace headgate::proxy::route
