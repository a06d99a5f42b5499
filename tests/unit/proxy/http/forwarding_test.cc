#include "proxy/http/forwarding.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/listener/listener_state.h"

namespace headgate::proxy::http {
namespace {

using wire::http::FieldId;

base::IpAddress address(std::string_view text) {
  return *base::IpAddress::parse(text);
}

class Forwarding : public testing::Test {
 protected:
  Forwarding() {
    config::Listener settings;
    for (std::string_view trusted : {"10.0.0.0/8", "fd00::/8"}) {
      settings.trusted_proxies.push_back(*base::IpNetwork::parse(trusted));
    }
    listener_.settings = std::make_shared<const config::Listener>(std::move(settings));
  }

  std::string client(std::string_view peer, FieldId id, std::string_view value) {
    wire::http::Fields fields;
    fields.add(id, value);
    return client_of(fields, address(peer), listener_).text();
  }

  /// What the backend is told of a request with these fields.
  const wire::http::Fields& told(std::string_view peer, bool trusted, std::string_view protocol = "HTTP/1.1") {
    request_.id = "id-1";
    add_forwarding_fields(request_, address(peer), trusted, protocol, arena_);
    return request_.head.fields;
  }

  base::Arena arena_;
  message::Request request_;
  listener::ListenerState listener_;
};

TEST_F(Forwarding, TheLastAddressThatIsNoTrustedProxysIsTheClient) {
  EXPECT_EQ(client("10.1.1.1", FieldId::kXForwardedFor, "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client("10.1.1.1", FieldId::kXForwardedFor, "6.6.6.6, 192.0.2.7 ,10.2.2.2,,"), "192.0.2.7");
  EXPECT_EQ(client("10.1.1.1", FieldId::kXForwardedFor, "10.3.3.3, 10.2.2.2"), "10.3.3.3");
  EXPECT_EQ(client("fd00::1", FieldId::kForwarded, "for=\"[2001:db8::1]:4711\";proto=https"), "2001:db8::1");
  EXPECT_EQ(client("10.1.1.1", FieldId::kForwarded, "by=10.9.9.9; FOR=192.0.2.7, for=10.2.2.2"), "192.0.2.7");
}

TEST_F(Forwarding, SaysHowFarTheChainIsBelieved) {
  const auto found = [this](std::string_view peer, std::string_view value) {
    wire::http::Fields fields;
    if (!value.empty()) fields.add(FieldId::kXForwardedFor, value);
    return provenance_of(fields, address(peer), listener_);
  };
  const Provenance usual = found("10.1.1.1", "6.6.6.6, 192.0.2.7, 10.2.2.2");
  EXPECT_EQ(usual.field, FieldId::kXForwardedFor);
  EXPECT_EQ(usual.chain.size(), 3u);
  EXPECT_EQ(usual.believed, 2u);
  EXPECT_EQ(found("10.1.1.1", "10.3.3.3, 10.2.2.2").believed, 2u);
  EXPECT_EQ(found("10.1.1.1", "192.0.2.7, unknown").believed, 0u);
  EXPECT_EQ(found("10.1.1.1", "").field, FieldId::kOther);
  EXPECT_TRUE(found("192.0.2.1", "6.6.6.6").chain.empty());
  EXPECT_EQ(found("192.0.2.1", "6.6.6.6").field, FieldId::kXForwardedFor);
}

TEST_F(Forwarding, NobodyElseIsBelieved) {
  EXPECT_EQ(client("192.0.2.1", FieldId::kXForwardedFor, "6.6.6.6"), "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1", FieldId::kForwarded, "for=6.6.6.6"), "192.0.2.1");
}

TEST_F(Forwarding, WhatIsNoAddressEndsTheTrust) {
  for (std::string_view odd : {"unknown", "_x", "", "1.2.3", "[::1", "[", "]", "\"", "\"\"", ":", "::1:::", "1.2.3.4.5",
                               "192.0.2.7 evil", "[]:80"}) {
    EXPECT_EQ(client("10.1.1.1", FieldId::kXForwardedFor, "6.6.6.6, " + std::string(odd) + ", 10.2.2.2"),
              odd.empty() ? "6.6.6.6" : "10.2.2.2")
        << odd;
    EXPECT_EQ(client("10.1.1.1", FieldId::kForwarded, "for=" + std::string(odd)), "10.1.1.1") << odd;
  }
}

TEST_F(Forwarding, AnOpenQuoteHidesNothing) {
  EXPECT_EQ(client("10.1.1.1", FieldId::kXForwardedFor, "\", 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client("10.1.1.1", FieldId::kForwarded, "for=\"x, for=192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client("10.1.1.1", FieldId::kForwarded, "for=\"\\\", for=\"[2001:db8::7]\""), "2001:db8::7");
}

TEST_F(Forwarding, TheSchemeIsTheFirstThatIsSaid) {
  const auto secure = [](FieldId id, std::string_view value) {
    wire::http::Fields fields;
    fields.add(id, value);
    return came_securely(fields, true, false);
  };
  EXPECT_TRUE(secure(FieldId::kXForwardedProto, "https"));
  EXPECT_TRUE(secure(FieldId::kXForwardedProto, "HTTPS, http"));
  EXPECT_FALSE(secure(FieldId::kXForwardedProto, "http, https"));
  EXPECT_FALSE(secure(FieldId::kXForwardedProto, ""));
  EXPECT_TRUE(secure(FieldId::kForwarded, "for=1.2.3.4;Proto=\"https\", proto=http"));
  EXPECT_FALSE(secure(FieldId::kForwarded, "for=1.2.3.4, proto=https"));
  EXPECT_FALSE(came_securely({}, true, false));
}

TEST_F(Forwarding, TheConnectionsOwnTlsCountsWhereNobodyIsBelieved) {
  wire::http::Fields plain;
  plain.add(FieldId::kXForwardedProto, "http");
  wire::http::Fields secure;
  secure.add(FieldId::kXForwardedProto, "https");
  EXPECT_TRUE(came_securely({}, false, true));
  EXPECT_TRUE(came_securely(plain, false, true));
  EXPECT_FALSE(came_securely(secure, false, false));
  EXPECT_TRUE(came_securely({}, true, true));
  EXPECT_FALSE(came_securely(plain, true, true)) << "a trusted proxy over TLS may speak for a client without";
}

TEST_F(Forwarding, AnUntrustedPeersWordsAreReplaced) {
  request_.head.authority = "a.example";
  for (FieldId id : {FieldId::kXForwardedFor, FieldId::kXForwardedProto, FieldId::kXForwardedHost, FieldId::kForwarded,
                     FieldId::kXRequestId, FieldId::kXForwardedFor, FieldId::kXRequestId}) {
    request_.head.fields.add(id, "forged");
  }
  const wire::http::Fields& fields = told("2001:db8::7", false);
  EXPECT_EQ(fields.size(), 6u);
  EXPECT_EQ(fields.value_of(FieldId::kXForwardedFor), "2001:db8::7");
  EXPECT_EQ(fields.value_of(FieldId::kXForwardedProto), "http");
  EXPECT_EQ(fields.value_of(FieldId::kXForwardedHost), "a.example");
  EXPECT_EQ(fields.value_of(FieldId::kForwarded), "for=\"[2001:db8::7]\";host=a.example;proto=http");
  EXPECT_EQ(fields.value_of(FieldId::kVia), "1.1 headgate");
  EXPECT_EQ(fields.value_of(FieldId::kXRequestId), "id-1");
}

TEST_F(Forwarding, ATrustedPeersWordsAreAddedTo) {
  request_.head.authority = "a.example";
  request_.secure = true;
  request_.head.fields.add(FieldId::kXForwardedFor, "192.0.2.7");
  request_.head.fields.add(FieldId::kXForwardedFor, "10.2.2.2");
  request_.head.fields.add(FieldId::kXForwardedProto, "https");
  const wire::http::Fields& fields = told("10.1.1.1", true);
  EXPECT_EQ(fields.count(FieldId::kXForwardedFor), 1u);
  EXPECT_EQ(fields.value_of(FieldId::kXForwardedFor), "192.0.2.7, 10.2.2.2, 10.1.1.1");
  EXPECT_EQ(fields.value_of(FieldId::kXForwardedProto), "https");
  EXPECT_EQ(fields.value_of(FieldId::kXForwardedHost), "a.example");
  EXPECT_EQ(fields.value_of(FieldId::kForwarded), "for=10.1.1.1;host=a.example;proto=https");
}

TEST_F(Forwarding, AHostThatIsNoTokenIsQuoted) {
  for (std::string_view host : {"a:80", "[::1]", "a;for=6.6.6.6", "a=b", "(a)"}) {
    for (bool trusted : {false, true}) {
      request_.clear();
      request_.head.authority = host;
      if (trusted) request_.head.fields.add(FieldId::kXForwardedFor, "1.2.3.4");
      const std::string expected = "for=10.1.1.1;host=\"" + std::string(host) + "\";proto=http";
      EXPECT_EQ(told("10.1.1.1", trusted).value_of(FieldId::kForwarded), expected);
    }
  }
}

TEST_F(Forwarding, WithoutAHostNothingIsSaidOfIt) {
  for (bool trusted : {false, true}) {
    request_.clear();
    if (trusted) request_.head.fields.add(FieldId::kXForwardedFor, "1.2.3.4");
    const wire::http::Fields& fields = told("10.1.1.1", trusted, "HTTP/1.0");
    EXPECT_FALSE(fields.has(FieldId::kXForwardedHost));
    EXPECT_EQ(fields.value_of(FieldId::kForwarded), "for=10.1.1.1;proto=http");
    EXPECT_EQ(fields.value_of(FieldId::kVia), "1.0 headgate");
  }
}

TEST_F(Forwarding, TheLongestOfAllFits) {
  const std::string host(255, 'h');
  request_.head.authority = host;
  const std::string id(128, 'i');
  request_.id = id;
  add_forwarding_fields(request_, address("2001:db8:1111:2222:3333:4444:5555:6666"), false, "HTTP/1.1", arena_);
  EXPECT_EQ(request_.head.fields.value_of(FieldId::kXRequestId), id);
  EXPECT_EQ(request_.head.fields.value_of(FieldId::kForwarded),
            "for=\"[2001:db8:1111:2222:3333:4444:5555:6666]\";host=" + host + ";proto=http");
}

TEST_F(Forwarding, WhatElseOnlyAProxyHasToSayIsDropped) {
  wire::http::Fields fields;
  for (const std::string_view name :
       {"X-Forwarded-Prefix", "x-forwarded-port", "X-Forwarded-", "X-Forwarded-Prefix", "X-Host", "x-original-host",
        "X-HTTP-Host-Override", "X-Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Hostess", "Host"}) {
    fields.add(name, "x");
  }
  drop_claims_of_proxies(fields);
  std::string left;
  for (const wire::http::Field& field : fields) left.append(field.name).append(" ");
  EXPECT_EQ(left, "X-Forwarded X-Forwarded-For X-Forwarded-Host X-Hostess Host ");
}

TEST_F(Forwarding, ARequestsId) {
  const auto id = [this](std::string_view given, bool trusted) {
    wire::http::Fields fields;
    fields.add(FieldId::kXRequestId, given);
    return std::string(request_id_of(fields, trusted, 0x0123456789abcdef, 0xfedcba9876543210, arena_));
  };
  const std::string made = id("given", false);
  EXPECT_EQ(made.size(), 32u);
  EXPECT_EQ(made.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(id("given", true), "given");
  EXPECT_EQ(id(std::string(128, 'x'), true), std::string(128, 'x'));
  for (std::string_view bad : {"", "a b", "a,b", "a\tb", "<x>", "caf\xc3\xa9"}) EXPECT_EQ(id(bad, true), made) << bad;
  EXPECT_EQ(id(std::string(129, 'x'), true), made);
  EXPECT_NE(request_id_of({}, false, 1, 2, arena_), request_id_of({}, false, 2, 1, arena_));
}

}  // namespace
}  // namespace headgate::proxy::http
