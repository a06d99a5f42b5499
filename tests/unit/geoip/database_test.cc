#include "geoip/database.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "geoip/atlas.h"

namespace headgate::geoip {
namespace {

using testing::HasSubstr;

const std::string kFolder = HEADGATE_SOURCE_FOLDER "/tests/fuzz/corpus/mmdb/";

std::string bytes_of(const std::string& name) {
  std::ifstream file(kFolder + name, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  EXPECT_FALSE(out.str().empty()) << name;
  return out.str();
}
std::shared_ptr<const Database> loaded(const std::string& name) {
  const auto database = Database::load(kFolder + name);
  EXPECT_TRUE(database) << (database ? "" : database.error().message);
  return database ? *database : nullptr;
}
/// "GB EU London 81.2.69.142/31"
std::string found(const Database& database, const std::string& text) {
  const base::IpAddress address = *base::IpAddress::parse(text);
  const Database::Found answer = database.find(address);
  const std::string network = base::IpNetwork{address.masked(answer.prefix_bits), answer.prefix_bits}.text();
  if (answer.place == nullptr) return "nothing " + network;
  return std::string(answer.place->country.text()) + " " + std::string(answer.place->continent.text()) + " " +
         std::string(answer.place->city) + " " + network;
}
std::string refusal_of(std::string_view bytes) {
  const auto database = Database::read(bytes, "x.mmdb");
  return database ? "none" : database.error().message;
}

TEST(Database, FindsPlacesWithTheirNetworks) {
  const auto city = loaded("GeoIP2-City-Test.mmdb");
  EXPECT_EQ(found(*city, "81.2.69.142"), "GB EU London 81.2.69.142/31");
  EXPECT_EQ(found(*city, "2.125.160.216"), "GB EU Boxford 2.125.160.216/29");
  EXPECT_EQ(found(*city, "89.160.20.112"), "SE EU Linköping 89.160.20.112/28");
  EXPECT_EQ(found(*city, "175.16.199.1"), "CN AS Changchun 175.16.199.0/24");
  EXPECT_EQ(found(*city, "67.43.156.1"), "BT AS  67.43.156.0/24");
  EXPECT_EQ(found(*city, "2001:218::1"), "JP AS  2001:218::/32");
  EXPECT_EQ(found(*city, "2a02:d500::1"), " EU  2a02:d500::/29") << "a continent without a country";
  EXPECT_THAT(found(*city, "1.1.1.1"), HasSubstr("nothing 0.0.0.0/7"));
  const Database::Found london = city->find(*base::IpAddress::parse("81.2.69.142"));
  EXPECT_EQ(london.place->location, (Point{51.5142, -0.0931}));
  EXPECT_EQ(city->about().type, "GeoIP2-City");
  EXPECT_GT(city->about().networks, city->about().places);
}

TEST(Database, FindsIpv4AddressesThatAreEmbedded) {
  const auto city = loaded("GeoIP2-City-Test.mmdb");
  EXPECT_EQ(found(*city, "::81.2.69.142"), "GB EU London ::81.2.69.142/127");
  EXPECT_EQ(found(*city, "2002:5102:458e::1"), "GB EU London 2002:5102:458e::/47") << "6to4";
  EXPECT_EQ(found(*city, "::ffff:81.2.69.142"), "GB EU London 81.2.69.142/31") << "one client, one address";
}

TEST(Database, ReadsTheOtherSchemas) {
  EXPECT_EQ(found(*loaded("GeoIP2-Country-Test.mmdb"), "81.2.69.142"), "GB EU  81.2.69.142/31");
  EXPECT_EQ(found(*loaded("GeoLite2-City-Test.mmdb"), "81.2.69.142"), "GB EU London 81.2.69.142/31");
  const auto asn = loaded("GeoLite2-ASN-Test.mmdb");
  const Database::Found answer = asn->find(*base::IpAddress::parse("1.128.0.0"));
  ASSERT_NE(answer.place, nullptr);
  EXPECT_EQ(answer.place->asn, 1221u);
  EXPECT_EQ(answer.place->organization, "Telstra Pty Ltd");
  EXPECT_EQ(answer.prefix_bits, 11);
}

TEST(Database, SeveralTellTogether) {
  const Atlas atlas({loaded("GeoLite2-ASN-Test.mmdb"), loaded("GeoIP2-City-Test.mmdb")},
                    std::make_shared<const Regions>());
  const Located both = atlas.locate(*base::IpAddress::parse("89.160.20.112"));
  EXPECT_EQ(both.place.asn, 29518u);
  EXPECT_EQ(both.place.country.text(), "SE");
  EXPECT_EQ(both.place.city, "Linköping");
  EXPECT_EQ(both.prefix_bits, 28) << "the longer of the two";
  EXPECT_EQ(atlas.locate(*base::IpAddress::parse("192.0.2.1")).place, Place());
}

TEST(Database, RefusesWhatIsNotThere) {
  EXPECT_THAT(Database::load("/nonexistent/x.mmdb").error().message,
              HasSubstr("open /nonexistent/x.mmdb: No such file"));
  EXPECT_THAT(Database::load("/tmp").error().message, HasSubstr("is not a regular file"));
}

TEST(Database, RefusesWhatIsNoDatabase) {
  EXPECT_EQ(refusal_of(""), "x.mmdb: is empty; fetch or build the file again");
  EXPECT_THAT(refusal_of("\x1f\x8b hello"), HasSubstr("no MaxMind DB, or one that was cut short"));
}

TEST(Database, RefusesOneThatIsCutShortWhereverThatIs) {
  const std::string whole = bytes_of("GeoIP2-Country-Test.mmdb");
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    EXPECT_NE(refusal_of(std::string_view(whole).substr(0, size)), "none") << size;
  }
  EXPECT_NE(refusal_of(std::string_view(whole).substr(0, whole.size() - 1)), "none");
  EXPECT_EQ(refusal_of(whole), "none");
}

/// A middle that is gone leaves the metadata, which then describes more than there is.
TEST(Database, RefusesOneOfWhichTheMiddleIsMissing) {
  std::string bytes = bytes_of("GeoIP2-Country-Test.mmdb");
  bytes.erase(100, bytes.size() / 2);
  EXPECT_THAT(refusal_of(bytes), HasSubstr("corrupt: "));
}

TEST(Database, RefusesAnotherKindOfRecord) {
  std::string bytes = bytes_of("GeoIP2-Country-Test.mmdb");
  for (const std::string_view key : {"iso_code", "continent"}) {
    for (std::size_t at = bytes.find(key); at != std::string::npos; at = bytes.find(key, at)) bytes[at] = 'X';
  }
  EXPECT_THAT(refusal_of(bytes), HasSubstr("(database_type 'GeoIP2-Country') tell neither country, continent"));
}

/// Each is refused or answers; nothing reads outside of the file (ASan).
TEST(Database, SurvivesWhateverIsDamaged) {
  std::size_t refused = 0;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = file.path().filename().string();
    const auto database = Database::load(file.path().string());
    if (!database) {
      ++refused;
      EXPECT_THAT(database.error().message, HasSubstr(name));
      continue;
    }
    for (const char* address :
         {"1.1.1.1", "81.2.69.142", "255.255.255.255", "::", "2001:218::1", "2002::1", "ffff::"}) {
      (*database)->find(*base::IpAddress::parse(address));
    }
  }
  EXPECT_GE(refused, 18u);
}

TEST(Database, RefusesWhatTheLibraryWouldOnlyFindByChance) {
  for (const char* name :
       {"MaxMind-DB-test-broken-search-tree-24.mmdb", "GeoIP2-City-Test-Broken-Double-Format.mmdb",
        "libmaxminddb-separator-record-min-left.mmdb", "libmaxminddb-separator-record-min-right.mmdb",
        "libmaxminddb-separator-record-max-left.mmdb", "GeoIP2-City-Test-Invalid-Node-Count.mmdb"}) {
    EXPECT_THAT(refusal_of(bytes_of(name)), HasSubstr("corrupt: ")) << name;
  }
}

}  // namespace
}  // namespace headgate::geoip
