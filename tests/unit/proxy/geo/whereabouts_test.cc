#include "proxy/geo/whereabouts.h"

#include <gtest/gtest.h>

#include "geoip/write/mmdb_writer.h"
#include "proxy/geo/compiled.h"
#include "proxy/route/conditions.h"

namespace headgate::proxy::geo {
namespace {

std::shared_ptr<const geoip::Database> database(std::string_view csv) {
  const geoip::write::ParsedNetworks parsed = geoip::write::parse_networks(csv);
  return *geoip::Database::read(geoip::write::write_mmdb(parsed.rows, {})->bytes, "built");
}

class WhereaboutsTest : public testing::Test {
 protected:
  WhereaboutsTest() {
    config_.geo.regions.resize(2);
    config_.geo.regions[0].name = "eu";
    config_.geo.regions[0].countries = {"DE"};
    config_.geo.regions[1].name = "us";
    config_.geo.regions[1].countries = {"US"};
    config_.geo.networks = {{*base::IpNetwork::parse("10.0.0.0/8"), "lan"}};
    config_.geo.default_region = "us";
    config_.region = "here";
    share_ = share("network,country,asn\n203.0.113.0/24,DE,64500\n");
  }
  std::shared_ptr<AtlasShare> share(std::string_view csv) {
    return std::make_shared<AtlasShare>(
        std::make_shared<const geoip::Atlas>(std::vector{database(csv)}, regions_of(config_)), counters_);
  }
  std::uint64_t lookups(geoip::Why why) { return counters_->of(1).by_reason[static_cast<std::size_t>(why)].value(); }

  config::Config config_;
  std::shared_ptr<base::PerWorker<LookupCounters>> counters_ = std::make_shared<base::PerWorker<LookupCounters>>(2);
  std::shared_ptr<AtlasShare> share_;
  const base::IpAddress german_ = *base::IpAddress::parse("203.0.113.9");
};

TEST_F(WhereaboutsTest, WhatIsClaimedCountsBeforeTheAddress) {
  Desk desk(share_, 1);
  Whereabouts where;
  where.ask_at(&desk);
  where.claim({share_->regions().find("us"), geoip::Why::kPinned});
  EXPECT_EQ(where.of(german_).region, "us");
  EXPECT_EQ(where.of(german_).why, geoip::Why::kPinned);
  EXPECT_EQ(where.of(german_).country.text(), "DE") << "where it is stays as it is";
  EXPECT_EQ(lookups(geoip::Why::kPinned), 1u);
  EXPECT_EQ(lookups(geoip::Why::kCountry), 0u);
  where.ask_at(&desk);
  EXPECT_EQ(where.of(german_).region, "eu") << "the next request claims nothing";
}

TEST_F(WhereaboutsTest, LookUpOnceAndOnlyWhenAsked) {
  Desk desk(share_, 1);
  Whereabouts where;
  where.ask_at(&desk);
  EXPECT_TRUE(where.can_tell());
  EXPECT_EQ(lookups(geoip::Why::kCountry), 0u);
  EXPECT_EQ(where.of(german_).region, "eu");
  EXPECT_EQ(where.of(german_).country.text(), "DE");
  EXPECT_EQ(where.of(german_).asn, 64500u);
  EXPECT_EQ(lookups(geoip::Why::kCountry), 1u);
  where.ask_at(&desk);
  EXPECT_EQ(where.of(*base::IpAddress::parse("10.1.2.3")).region, "lan") << "the next client";
  EXPECT_EQ(lookups(geoip::Why::kNetwork), 1u);
}

TEST_F(WhereaboutsTest, WithoutADeskNothingIsKnown) {
  Whereabouts where;
  EXPECT_FALSE(where.can_tell());
  EXPECT_EQ(where.of(german_).region, "");
  EXPECT_TRUE(where.of(german_).country.empty());
  EXPECT_FALSE(Desk(nullptr, 0).knows_anything());
}

TEST_F(WhereaboutsTest, AnExplanationIsNotCounted) {
  Desk desk(share_, Desk::kNoWorker);
  EXPECT_EQ(desk.name_of(desk.look_up(german_).decision.region), "eu");
  EXPECT_EQ(lookups(geoip::Why::kCountry), 0u);
}

TEST_F(WhereaboutsTest, FollowTheNewestDatabase) {
  Desk desk(share_, 1);
  EXPECT_EQ(desk.name_of(desk.look_up(german_).decision.region), "eu");
  const std::vector<std::shared_ptr<const geoip::Database>> next{database("network,country\n203.0.113.0/24,US\n")};
  share_->publish(std::make_shared<const geoip::Atlas>(next, share_->shared_regions()));
  EXPECT_EQ(desk.name_of(desk.look_up(german_).decision.region), "us");
}

TEST_F(WhereaboutsTest, WhatWasDecidedOfLateIsRememberedByNetwork) {
  share_ = share(
      "network,country\n203.0.113.0/24,DE\n198.51.100.0/25,DE\n198.51.100.128/25,US\n"
      "2001:db8::/48,DE\n2001:db8:1::/49,DE\n2001:db8:1:8000::/49,US\n");
  Desk desk(share_, 1);
  const auto decided = [&desk](const std::string& address) {
    const geoip::Decided found = desk.decide(*base::IpAddress::parse(address));
    return std::string(desk.name_of(found.decision.region)) + "/" + std::to_string(found.prefix_bits);
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(decided("203.0.113.9"), "eu/24");
    EXPECT_EQ(decided("203.0.113.200"), "eu/24");
    EXPECT_EQ(decided("198.51.100.1"), "eu/25") << "not all of the /24 is";
    EXPECT_EQ(decided("198.51.100.200"), "us/25");
    EXPECT_EQ(decided("2001:db8::1"), "eu/48");
    EXPECT_EQ(decided("2001:db8:1:7fff::"), "eu/49");
    EXPECT_EQ(decided("2001:db8:1:8000::"), "us/49");
    EXPECT_EQ(decided("10.9.9.9"), "lan/8");
  }
  EXPECT_EQ(lookups(geoip::Why::kCountry), 21u) << "they are counted all the same";
  const std::vector<std::shared_ptr<const geoip::Database>> next{database("network,country\n203.0.113.0/24,US\n")};
  share_->publish(std::make_shared<const geoip::Atlas>(next, share_->shared_regions()));
  EXPECT_EQ(decided("203.0.113.9"), "us/24") << "of another database nothing is known yet";
}

/// More networks than there are places: each is found as the Atlas has it, whoever had its place before.
TEST_F(WhereaboutsTest, WhatIsRememberedIsWhatTheAtlasSays) {
  Desk desk(share_, 1);
  const std::shared_ptr<const geoip::Atlas> atlas = share_->atlas();
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 4 * Remembered::kNetworks; ++i) {
      const auto address = base::IpAddress::v4((200u << 24) + i * 97 * 64);
      const geoip::Decided found = desk.decide(address);
      const geoip::Decided expected = atlas->decide(address);
      ASSERT_EQ(found.decision, expected.decision) << address.text();
      ASSERT_EQ(found.prefix_bits, expected.prefix_bits) << address.text();
    }
  }
}

TEST_F(WhereaboutsTest, NamesOfRegionsAreAllThatTheFileNames) {
  config::Pool pool;
  pool.backends.resize(2);
  pool.backends[0].region = "there";
  config_.pools = {pool};
  const std::shared_ptr<const geoip::Regions> regions = regions_of(config_);
  std::string names;
  for (std::size_t i = 0; i < regions->size(); ++i) {
    names += std::string(regions->name_of(static_cast<geoip::RegionIndex>(i))) + " ";
  }
  EXPECT_EQ(names, "eu us lan here there ");
}

TEST_F(WhereaboutsTest, ARouteAsksForThem) {
  config::Match match;
  match.regions = {"eu", "lan"};
  const base::Result<route::Conditions> conditions = route::Conditions::compile(match, {});
  ASSERT_TRUE(conditions);
  wire::http::RequestHead head;
  Desk desk(share_, 1);
  const auto failure = [&](std::string_view client, bool has_desk) {
    const base::IpAddress address = *base::IpAddress::parse(client);
    Whereabouts where;
    where.ask_at(has_desk ? &desk : nullptr);
    const route::MatchInput input{head, address, 0, nullptr, &where};
    if (conditions->hold(input, ~0u)) return std::string();
    return conditions->why_failed(*conditions->first_failed(input, ~0u), input);
  };
  EXPECT_EQ(failure("203.0.113.9", true), "");
  EXPECT_EQ(failure("10.0.0.1", true), "");
  EXPECT_EQ(failure("192.0.2.1", true), "the client's region is us, not eu, lan");
  EXPECT_EQ(failure("203.0.113.9", false), "the client has no region");
}

}  // namespace
}  // namespace headgate::proxy::geo
