#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "proxy/dns/server/chooser.h"
#include "proxy/dns/server/cookies.h"
#include "proxy/dns/server/identities.h"
#include "proxy/dns/server/zone_index.h"
#include "proxy/dns/zone/zone_builder.h"

namespace headgate::proxy::dns::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string from_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return out;
}

Cookies::Secret secret(std::string_view hex) {
  Cookies::Secret out{};
  const std::string bytes = from_hex(hex);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

base::IpAddress address(std::string_view text) {
  return *base::IpAddress::parse(text);
}

wire::dns::Name name_of(std::string_view text) {
  return *wire::dns::Name::parse(text);
}

/// RFC 9018 appendix A.
TEST(CookiesTest, AreThoseThatEverybodyMakes) {
  const struct {
    const char* secret;
    const char* client;
    const char* address;
    std::uint32_t seconds;
    const char* cookie;
  } kCases[] = {
      {"e5e973e5a6b2a43f48e7dc849e37bfcf", "2464c4abcf10c957", "198.51.100.100", 1559731985,
       "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
      {"e5e973e5a6b2a43f48e7dc849e37bfcf", "2464c4abcf10c957", "198.51.100.100", 1559734385,
       "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"},
      {"e5e973e5a6b2a43f48e7dc849e37bfcf", "fc93fc62807ddb86", "203.0.113.203", 1559734700,
       "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
      {"445536bcd2513298075a5d379663c962", "22681ab97d52c298", "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961,
       "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
  };
  for (const auto& each : kCases) {
    const Cookies cookies(secret(each.secret));
    std::array<char, Cookies::kBytes> room;
    const std::string made(
        cookies.reply_to(from_hex(each.client), Cookies::Standing::kNew, address(each.address), each.seconds, room));
    EXPECT_EQ(made, from_hex(each.cookie)) << each.cookie;
    EXPECT_EQ(cookies.judge(made, address(each.address), each.seconds), Cookies::Standing::kValid);
  }
}

TEST(CookiesTest, HoldForAnHour) {
  using Standing = Cookies::Standing;
  const Cookies cookies(secret("000102030405060708090a0b0c0d0e0f"));
  constexpr std::uint32_t kMade = 1'800'000'000;
  std::array<char, Cookies::kBytes> room;
  const std::string made(cookies.reply_to("12345678", Standing::kNew, address("192.0.2.1"), kMade, room));
  const auto at = [&](std::uint32_t seconds) { return cookies.judge(made, address("192.0.2.1"), seconds); };
  EXPECT_EQ(at(kMade + 3600), Standing::kValid);
  EXPECT_EQ(at(kMade + 3601), Standing::kBad);
  EXPECT_EQ(at(kMade - 300), Standing::kValid) << "another instance's clock";
  EXPECT_EQ(at(kMade - 301), Standing::kBad);
  const auto reply = [&](std::uint32_t seconds) {
    return cookies.reply_to(made, at(seconds), address("192.0.2.1"), seconds, room) == made;
  };
  EXPECT_TRUE(reply(kMade + 1800));
  EXPECT_FALSE(reply(kMade + 1801)) << "half of its time is over";
  EXPECT_EQ(cookies.judge(made, address("192.0.2.2"), kMade), Standing::kBad);
  EXPECT_EQ(cookies.judge(made.substr(0, 8), address("192.0.2.1"), kMade), Standing::kNew);
  EXPECT_EQ(cookies.judge("", address("192.0.2.1"), kMade), Standing::kNone);
  EXPECT_EQ(cookies.judge(made + "x", address("192.0.2.1"), kMade), Standing::kBad) << "another server's";
  for (std::size_t i = 0; i < made.size(); ++i) {
    std::string other = made;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_EQ(cookies.judge(other, address("192.0.2.1"), kMade), Standing::kBad) << i;
  }
}

TEST(FirstsTest, AreSpreadByWeight) {
  const auto firsts = [](std::vector<std::uint32_t> weights) { return firsts_of(weights); };
  EXPECT_THAT(firsts({}), ElementsAre());
  EXPECT_THAT(firsts({7}), ElementsAre(0));
  EXPECT_THAT(firsts({3, 3, 3}), ElementsAre(0, 1, 2));
  EXPECT_THAT(firsts({4, 2, 2}), ElementsAre(0, 1, 2, 0));
  const std::vector<std::uint16_t> many = firsts(std::vector<std::uint32_t>(60, 255));
  EXPECT_EQ(many.size(), 60u);
  std::vector<std::uint32_t> odd(60, 255);
  odd[0] = 256;
  EXPECT_LE(firsts(odd).size(), kTurnsMax) << "rounded";
  EXPECT_EQ(std::ranges::count(firsts({256, 1}), 1), 1);
}

class SecretTest : public ::testing::Test {
 protected:
  SecretTest() : folder_(std::filesystem::temp_directory_path() / ("headgate-dns-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    config_.listeners.resize(1);
    config_.state_directory = folder_ / "made";
  }
  ~SecretTest() override { std::filesystem::remove_all(folder_); }
  base::Result<std::shared_ptr<const Site>> site(Identities::Files files = Identities::Files::kKept) {
    Identities identities(1, 7, files);
    return identities.site_of(std::make_shared<const config::Config>(config_), 0, {});
  }
  std::string cookie(const Site& site) const {
    std::array<char, Cookies::kBytes> room;
    return std::string(site.cookies.reply_to("12345678", Cookies::Standing::kNew, address("192.0.2.1"), 1, room));
  }
  std::string path() const { return folder_ / "made" / Identities::kSecretFile; }

  std::filesystem::path folder_;
  config::Config config_;
};

TEST_F(SecretTest, OutlivesTheProcess) {
  const auto first = site();
  ASSERT_TRUE(first);
  struct stat file;
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  const auto second = site();
  ASSERT_TRUE(second);
  EXPECT_EQ(cookie(**first), cookie(**second));
  std::filesystem::remove(path());
  EXPECT_NE(cookie(**first), cookie(**site()));
}

TEST_F(SecretTest, IsTheProcesssOwnWithoutAPlace) {
  EXPECT_NE(cookie(**site(Identities::Files::kNone)), cookie(**site(Identities::Files::kNone)));
  EXPECT_FALSE(std::filesystem::exists(path()));
  config_.state_directory.clear();
  EXPECT_NE(cookie(**site()), cookie(**site()));
  Identities lasting(1, 7, Identities::Files::kKept);
  const auto config = std::make_shared<const config::Config>(config_);
  EXPECT_EQ(cookie(**lasting.site_of(config, 0, {})), cookie(**lasting.site_of(config, 0, {}))) << "over reloads";
}

TEST_F(SecretTest, MayBeGivenToSeveral) {
  std::filesystem::create_directories(config_.state_directory);
  std::ofstream(path()) << "E5e973e5a6b2a43f48e7dc849e37bfcf\n";
  const auto given = site();
  ASSERT_TRUE(given);
  std::array<char, Cookies::kBytes> room;
  EXPECT_EQ((*given)->cookies.reply_to(from_hex("2464c4abcf10c957"), Cookies::Standing::kNew, address("198.51.100.100"),
                                       1559731985, room),
            from_hex("2464c4abcf10c957010000005cf79f111f8130c3eee29480"));
  for (const char* text : {"", "e5e973", "g5e973e5a6b2a43f48e7dc849e37bfcf", "e5e973e5a6b2a43f48e7dc849e37bfcf00"}) {
    std::ofstream(path(), std::ios::trunc) << text;
    const auto refused = site();
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().message, HasSubstr("32 hexadecimal digits"));
  }
}

TEST(ZoneIndex, FindsTheLongestOfMany) {
  std::vector<std::shared_ptr<const zone::Zone>> zones;
  const auto add = [&](const std::string& apex) {
    zones.push_back(std::make_shared<const zone::Zone>(zone::ZoneBuilder(name_of(apex), zone::Start{}).build()));
  };
  for (int i = 0; i < 300; ++i) add("z" + std::to_string(i) + ".example");
  add("sub.z7.example");
  const ZoneIndex index(zones);
  const auto find = [&](const std::string& name) {
    const zone::Zone* const zone = index.find(name_of(name).wire(), wire::dns::Type::kA);
    return zone == nullptr ? "none" : zone->apex().text();
  };
  for (int i = 0; i < 300; ++i) {
    const std::string apex = "z" + std::to_string(i) + ".example";
    EXPECT_EQ(find(apex), apex);
    EXPECT_EQ(find("a.b." + apex), apex);
  }
  EXPECT_EQ(find("x.sub.z7.example"), "sub.z7.example");
  EXPECT_EQ(find("xsub.z7.example"), "z7.example");
  EXPECT_EQ(find("z300.example"), "none");
  EXPECT_EQ(find("example"), "none");
  EXPECT_EQ(find("."), "none");
  add(".");
  const ZoneIndex with_root(zones);
  EXPECT_EQ(with_root.find(name_of("example").wire(), wire::dns::Type::kA)->apex().text(), ".");
  EXPECT_EQ(with_root.find(name_of(".").wire(), wire::dns::Type::kDs)->apex().text(), ".");
  EXPECT_EQ(ZoneIndex().find(name_of("a").wire(), wire::dns::Type::kA), nullptr);
}

}  // namespace
}  // namespace headgate::proxy::dns::server
