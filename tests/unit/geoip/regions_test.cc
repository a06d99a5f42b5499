#include "geoip/regions.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "geoip/atlas.h"

namespace headgate::geoip {
namespace {

constexpr Point kFrankfurt{50.11, 8.68};
constexpr Point kVirginia{39.04, -77.49};
constexpr Point kSydney{-33.87, 151.21};

/// eu has Germany and two continents, us one, ap a location alone, and internal is only named by a network.
Regions regions(std::string_view default_region = "us") {
  return Regions({{"eu", {Code("DE")}, {Code("EU"), Code("AF")}, kFrankfurt},
                  {"us", {Code("GB")}, {Code("NA")}, kVirginia},
                  {"ap", {}, {}, kSydney}},
                 {{*base::IpNetwork::parse("10.0.0.0/8"), "internal"}, {*base::IpNetwork::parse("10.1.0.0/16"), "ap"}},
                 default_region);
}

std::string decided(const Regions& all, const std::string& address, const Place* place) {
  int prefix = 0;
  const Decision decision = all.decide(*base::IpAddress::parse(address), place, prefix);
  const std::string_view name = all.name_of(decision.region);
  return (name.empty() ? "nobody" : std::string(name)) + " by " + std::string(to_string(decision.why));
}
Place place(std::string_view country, std::string_view continent, std::optional<Point> location = std::nullopt,
            std::string_view region = {}) {
  Place out;
  out.country = Code(country);
  out.continent = Code(continent);
  out.location = location;
  out.region = region;
  return out;
}

TEST(Regions, DecideInTheirOrder) {
  const Regions all = regions();
  const Place german = place("DE", "EU", kSydney, "ap");
  EXPECT_EQ(decided(all, "10.2.0.1", &german), "internal by network");
  EXPECT_EQ(decided(all, "10.1.0.1", &german), "ap by network") << "the longest prefix";
  EXPECT_EQ(decided(all, "192.0.2.1", &german), "ap by database");
  const Place unknown_region = place("DE", "NA", kSydney, "moon");
  EXPECT_EQ(decided(all, "192.0.2.1", &unknown_region), "eu by country") << "a region that the configuration has not";
  const Place british = place("GB", "EU", kSydney);
  EXPECT_EQ(decided(all, "192.0.2.1", &british), "us by country") << "before its continent";
  const Place french = place("FR", "EU", kSydney);
  EXPECT_EQ(decided(all, "192.0.2.1", &french), "eu by continent");
  const Place japanese = place("JP", "AS", Point{35.68, 139.69});
  EXPECT_EQ(decided(all, "192.0.2.1", &japanese), "ap by nearest");
  const Place chilean = place("CL", "SA", Point{-33.45, -70.66});
  EXPECT_EQ(decided(all, "192.0.2.1", &chilean), "us by nearest");
  const Place somewhere = place("JP", "AS");
  EXPECT_EQ(decided(all, "192.0.2.1", &somewhere), "us by default");
  EXPECT_EQ(decided(all, "192.0.2.1", nullptr), "us by default");
  EXPECT_EQ(decided(regions(""), "192.0.2.1", nullptr), "nobody by none");
  EXPECT_EQ(decided(Regions(), "10.0.0.1", &german), "nobody by none");
}

TEST(Regions, NearestCrossesTheDateLineAndThePole) {
  const Regions all(
      {{"fiji", {}, {}, Point{-18, 178}}, {"hawaii", {}, {}, Point{21, -158}}, {"north", {}, {}, Point{89, 0}}}, {},
      "");
  const Place samoa = place("WS", "OC", Point{-13.8, -171.8});
  EXPECT_EQ(decided(all, "192.0.2.1", &samoa), "fiji by nearest");
  const Place beyond_the_pole = place("", "", Point{85, 180});
  EXPECT_EQ(decided(all, "192.0.2.1", &beyond_the_pole), "north by nearest");
  EXPECT_NEAR(great_circle_km({0, 0}, {0, 180}), 20015, 1);
  EXPECT_NEAR(great_circle_km(kFrankfurt, kVirginia), 6530, 40);
  EXPECT_EQ(great_circle_km(kSydney, kSydney), 0);
}

TEST(Regions, OrderTheOthersByDistance) {
  const Regions all = regions();
  const auto names = [&all](std::string_view from) {
    std::vector<std::string> out;
    for (const RegionIndex region : all.order_from(all.find(from))) out.emplace_back(all.name_of(region));
    return out;
  };
  EXPECT_THAT(names("eu"), testing::ElementsAre("eu", "us", "ap", "internal"));
  EXPECT_THAT(names("us"), testing::ElementsAre("us", "eu", "ap", "internal"));
  EXPECT_THAT(names("ap"), testing::ElementsAre("ap", "us", "eu", "internal"));
  EXPECT_THAT(names("internal"), testing::ElementsAre("internal", "eu", "us", "ap")) << "it stands nowhere";
  EXPECT_THAT(names("moon"), testing::IsEmpty());
}

TEST(Regions, ThePrefixIsAsLongAsTheAnswerNeeds) {
  const Regions all = regions();
  const auto prefix_of = [&all](const std::string& address, int known) {
    all.decide(*base::IpAddress::parse(address), nullptr, known);
    return known;
  };
  EXPECT_EQ(prefix_of("10.1.2.3", 0), 16);
  EXPECT_EQ(prefix_of("10.0.2.3", 0), 16) << "10.1.0.0/16 is another's";
  EXPECT_EQ(prefix_of("10.1.2.3", 24), 24);
  EXPECT_EQ(prefix_of("192.0.2.1", 0), 1) << "10.0.0.0/8 is another's";
}

TEST(Regions, TheNearestIsNearestByGreatCircle) {
  base::Random random(7);
  std::vector<Regions::Region> many;
  const auto anywhere = [&random] {
    return Point{random.below(18'001) / 100.0 - 90, random.below(36'001) / 100.0 - 180};
  };
  for (int i = 0; i < 20; ++i) many.push_back({std::to_string(i), {}, {}, anywhere()});
  many.push_back({"date line", {}, {}, Point{10, -180}});
  many.push_back({"pole", {}, {}, Point{-90, 33}});
  const Regions all(many, {}, "");
  for (int i = 0; i < 5000; ++i) {
    const Place client = place("", "", anywhere());
    int prefix = 0;
    const Decision decision = all.decide(*base::IpAddress::parse("192.0.2.1"), &client, prefix);
    ASSERT_EQ(decision.why, Why::kNearest);
    const double chosen = great_circle_km(*client.location, *many[decision.region].location);
    for (const Regions::Region& other : many) {
      ASSERT_LE(chosen, great_circle_km(*client.location, *other.location) + 1e-3) << other.name;
    }
  }
}

TEST(Regions, SayWhy) {
  const Regions all = regions();
  const Place german = place("DE", "EU", kFrankfurt, "eu");
  const Place chilean = place("CL", "SA", Point{-33.45, -70.66});
  const auto why = [&](const Place& where, Why reason, std::string_view region) {
    return why_text(all, {all.find(region), reason}, where);
  };
  EXPECT_EQ(why(german, Why::kNetwork, "ap"), "geoip.networks gives its network to ap");
  EXPECT_EQ(why(german, Why::kDatabase, "eu"), "the database states that its network is eu's");
  EXPECT_EQ(why(german, Why::kCountry, "eu"), "country DE is eu's");
  EXPECT_EQ(why(german, Why::kContinent, "eu"), "continent EU is eu's");
  EXPECT_THAT(why(chilean, Why::kNearest, "us"),
              testing::MatchesRegex("no region is nearer by great circle: 8[01][0-9][0-9] km to us"));
  EXPECT_EQ(why(chilean, Why::kDefault, "us"),
            "neither network, country, continent nor location gives it one; us is default_region");
  EXPECT_EQ(why(chilean, Why::kNone, "moon"),
            "neither network, country, continent nor location gives it one, and there is no default_region");
}

TEST(Code, IsTwoUpperCaseLetters) {
  EXPECT_EQ(Code("DE").text(), "DE");
  EXPECT_EQ(Code("ZZ").index() + 1, Code::kCount);
  for (std::string_view bad : {"", "D", "DEU", "de", "D1", "D@", "[["}) EXPECT_TRUE(Code(bad).empty()) << bad;
}

}  // namespace
}  // namespace headgate::geoip
