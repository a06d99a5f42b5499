#include "geoip/write/networks.h"

#include <gmock/gmock.h>

namespace headgate::geoip::write {
namespace {

std::string problems_of(std::string_view text) {
  const ParsedNetworks parsed = parse_networks(text);
  std::string out;
  for (const RowProblem& problem : parsed.problems) {
    out += std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " + problem.what + "\n";
  }
  if (parsed.left_out != 0) out += "and " + std::to_string(parsed.left_out) + "\n";
  return out;
}

TEST(Networks, ReadsAllColumnsInAnyOrder) {
  const ParsedNetworks parsed = parse_networks(
      "\xef\xbb\xbfregion,network,asn,organization,latitude,longitude,country,continent,city\r\n"
      "eu,203.0.113.0/24,AS64500,\"Example, Inc.\",50.11,-8.68,DE,,Frankfurt\r\n"
      ",2001:db8::/32,,,,,,NA,\r\n"
      ",192.0.2.1,,,-90,180,,,\r\n");
  ASSERT_EQ(parsed.problems.size(), 0u) << parsed.problems[0].what;
  ASSERT_EQ(parsed.rows.size(), 3u);
  const NetworkRow& first = parsed.rows[0];
  EXPECT_EQ(first.network.text(), "203.0.113.0/24");
  EXPECT_EQ(first.country.text(), "DE");
  EXPECT_EQ(first.continent.text(), "EU") << "the country's";
  EXPECT_EQ(first.location, (Point{50.11, -8.68}));
  EXPECT_EQ(first.asn, 64500u);
  EXPECT_EQ(first.organization, "Example, Inc.");
  EXPECT_EQ(first.city, "Frankfurt");
  EXPECT_EQ(first.region, "eu");
  EXPECT_EQ(parsed.rows[1].continent.text(), "NA");
  EXPECT_FALSE(parsed.rows[1].location);
  EXPECT_EQ(parsed.rows[2].network.text(), "192.0.2.1/32");
  EXPECT_EQ(parsed.rows[2].location, (Point{-90, 180}));
}

TEST(Networks, TellsOfTheFirstLine) {
  EXPECT_EQ(problems_of(""), "1:1: is empty; the first line names the columns, network among them\n");
  EXPECT_EQ(problems_of("network\n"), "2:1: holds no networks\n");
  EXPECT_EQ(problems_of("country\nDE\n"), "1:1: the first line names the columns, and network must be one of them\n");
  EXPECT_EQ(problems_of("network,contry\n"),
            "1:9: no column 'contry' (did you mean 'country'?); there are network, country, continent, latitude, "
            "longitude, asn, organization, city and region\n");
  EXPECT_EQ(problems_of("network,asn,asn\n"), "1:13: column asn stands here twice\n");
}

TEST(Networks, TellsOfAllThatIsWrongWithItsPlace) {
  EXPECT_EQ(problems_of("network,country,continent,latitude,longitude,asn,region\n"
                        "10.0.0.1/8,DE,EU,1,1,1,eu\n"
                        "10.0.0.0/8,XX,EX,91,-181,0,eu west\n"
                        "10.0.0.0/9,DE\n"
                        "10.1.0.0/16,,,1,,,\n"
                        "::1.2.3.0/120,,,,,,\n"),
            "2:1: expected a network such as 203.0.113.0/24 or 2001:db8::/32 without bits behind its prefix, found "
            "'10.0.0.1/8'\n"
            "3:12: expected a country of ISO 3166-1 in two upper-case letters, such as DE, found 'XX'\n"
            "3:15: expected a continent: AF, AN, AS, EU, NA, OC or SA, found 'EX'\n"
            "3:18: expected a latitude from -90 to 90, found '91'\n"
            "3:21: expected a longitude from -180 to 180, found '-181'\n"
            "3:26: expected the number of an autonomous system, such as 64500, found '0'\n"
            "3:28: expected a region: 1 to 64 letters, digits, '_', '-' and '.', found 'eu west'\n"
            "4:1: has 2 fields, and the first line names 7 columns\n"
            "5:1: latitude and longitude go together, and one is missing\n"
            "6:1: '::1.2.3.0/120' lies in ::/96, which stands for IPv4: write it as IPv4\n");
  EXPECT_EQ(problems_of("network\n10.0.0.0/8\n10.1.0.0/16\n10.0.0.0/8\n"),
            "4:1: 10.0.0.0/8 stands in line 2 already\n");
  EXPECT_EQ(problems_of("network\n\"10.0.0.0/8\n"), "3:1: a quoted field does not end\n");
}

TEST(Networks, BoundsWhatItTells) {
  std::string text = "network\n";
  for (std::size_t i = 0; i < ParsedNetworks::kProblemsMax; ++i) text += "x\n";
  EXPECT_EQ(parse_networks(text).problems.size(), ParsedNetworks::kProblemsMax);
  EXPECT_EQ(parse_networks(text).left_out, 0u);
  EXPECT_EQ(parse_networks(text + "x\nx\n").left_out, 2u);
  const std::string longest(255, 'c');
  EXPECT_EQ(problems_of("network,city\n10.0.0.0/8," + longest + "\n"), "");
  EXPECT_THAT(problems_of("network,city\n10.0.0.0/8," + longest + "c\n"), testing::HasSubstr("at most 255 bytes"));
  EXPECT_THAT(problems_of("network,city\n10.0.0.0/8,a\x1b[2J\n"), testing::HasSubstr("found 'a?[2J'"));
}

}  // namespace
}  // namespace headgate::geoip::write
