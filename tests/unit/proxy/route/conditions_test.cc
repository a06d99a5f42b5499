#include "proxy/route/conditions.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/route/requests.h"

namespace headgate::proxy::route {
namespace {

using base::IpAddress;
using base::IpNetwork;

TEST(HostMatches, ExactAndWildcard) {
  struct Case {
    const char* pattern;
    const char* host;
    bool matches;
  };
  const Case cases[] = {
      {"www.example.com", "www.example.com", true},
      {"www.example.com", "WWW.Example.COM", true},
      {"www.example.com", "www.example.com.", true},
      {"www.example.com", "www.example.com..", false},
      {"www.example.com", "example.com", false},
      {"www.example.com", "awww.example.com", false},
      {".example.com", "a.example.com", true},
      {".example.com", "a.b.Example.com.", true},
      {".example.com", "example.com", false},
      {".example.com", ".example.com", false},
      {".example.com", "badexample.com", false},
      {"[2001:db8::1]", "[2001:DB8::1]", true},
      {"www.example.com", "", false},
      {".example.com", "", false},
  };
  for (const Case& c : cases) EXPECT_EQ(host_matches(c.pattern, c.host), c.matches) << c.pattern << " " << c.host;
}

TEST(EqualsDecoded, ReadsEscapesAndLeavesBrokenOnes) {
  EXPECT_TRUE(equals_decoded("a%20b", "a b"));
  EXPECT_TRUE(equals_decoded("a+b", "a+b"));
  EXPECT_TRUE(equals_decoded("%41%62", "Ab"));
  EXPECT_TRUE(equals_decoded("100%", "100%"));
  EXPECT_TRUE(equals_decoded("%4", "%4"));
  EXPECT_TRUE(equals_decoded("%zz", "%zz"));
  EXPECT_TRUE(equals_decoded("", ""));
  EXPECT_FALSE(equals_decoded("a", ""));
  EXPECT_FALSE(equals_decoded("", "a"));
  EXPECT_FALSE(equals_decoded("ab", "a"));
}

TEST(DirectoryOfRegex, OnlyWhatEveryMatchStartsWith) {
  struct Case {
    const char* pattern;
    const char* directory;
  };
  const Case cases[] = {
      {R"(^/users/\d+$)", "/users/"},
      {"^/users/", "/users/"},
      {"^/users/?$", "/"},
      {"^/users/*", "/"},
      {"^/users/+", "/"},
      {"^/users/{2}", "/"},
      {"^/a/b", "/a/"},
      {"^/a/b|^/c/d", ""},
      {"^/a/(b|c)/d", "/a/"},
      {"^/a/x(b|c)/d", "/a/"},
      {"^/a/b[|]c", "/a/"},
      {"^/a/b[^]|]c", "/a/"},
      {R"(^/a/b\|c)", "/a/"},
      {R"(^/a/\Qx|y\E)", ""},
      {"^/a/[[:alpha:]]", ""},  // not worth following
      {"/users/", ""},
      {"(^/users/)", ""},
      {"^(?i)/users/", ""},
      {"^", ""},
      {"", ""},
      {"^users/", ""},
      {"^/a.b/c", "/"},
      {"^/a/b/\\w", "/a/b/"},
  };
  for (const Case& c : cases) EXPECT_EQ(directory_of_regex(c.pattern), c.directory) << c.pattern;
}

TEST(NetworkSet, NestedApartAndBothFamilies) {
  std::vector<IpNetwork> networks;
  for (const char* text : {"10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32", "::1", "198.51.100.0/25"}) {
    networks.push_back(*IpNetwork::parse(text));
  }
  const NetworkSet set(networks);
  for (const char* in : {"10.0.0.0", "10.255.255.255", "10.1.2.3", "192.0.2.7", "2001:db8::", "::1", "198.51.100.127",
                         "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    EXPECT_TRUE(set.contains(*IpAddress::parse(in))) << in;
  }
  for (const char* out : {"9.255.255.255", "11.0.0.0", "192.0.2.6", "192.0.2.8", "2001:db9::", "::2", "198.51.100.128",
                          "::", "0.0.0.1"}) {
    EXPECT_FALSE(set.contains(*IpAddress::parse(out))) << out;
  }
  EXPECT_FALSE(NetworkSet().contains(*IpAddress::parse("::1")));
  const NetworkSet everything({*IpNetwork::parse("0.0.0.0/0")});
  EXPECT_TRUE(everything.contains(*IpAddress::parse("255.255.255.255")));
  EXPECT_FALSE(everything.contains(*IpAddress::parse("::1")));
}

bool holds(const config::TlsClientMatch& wanted, const TestRequest& request) {
  config::Match match;
  match.tls_client = wanted;
  const base::Result<Conditions> conditions = Conditions::compile(match, {});
  EXPECT_TRUE(conditions);
  const bool does = conditions->hold(request.input(), ~0u);
  EXPECT_EQ(conditions->failed(request.input()) == 0, does);
  if (!does) EXPECT_NE(conditions->why_failed(Condition::kTlsClient, request.input()), "");
  return does;
}

TEST(TlsClientCondition, IsAboutTheCertificateThatWasShown) {
  TestRequest nobody("a.example", "/");
  TestRequest ada("a.example", "/");
  ada.showing("CN=ada", "aa");
  EXPECT_TRUE(holds({{"*"}, {}}, ada));
  EXPECT_FALSE(holds({{"*"}, {}}, nobody));
  EXPECT_TRUE(holds({{"CN=bob", "CN=ada"}, {}}, ada));
  EXPECT_FALSE(holds({{"CN=bob"}, {}}, ada));
  EXPECT_TRUE(holds({{}, {"aa"}}, ada));
  EXPECT_FALSE(holds({{}, {"bb"}}, ada));
  EXPECT_FALSE(holds({{"CN=ada"}, {"bb"}}, ada)) << "all must hold";
  EXPECT_TRUE(holds({{"CN=ada"}, {"*"}}, ada));
}

}  // namespace
}  // namespace headgate::proxy::route
