#include "proxy/dns/upkeep/zone_keeper.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/config/loading.h"
#include "tests/unit/net/run_task.h"

// Zones that follow their files: real ones, in a folder, and a loop that runs.
namespace headgate::proxy::dns::upkeep {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using wire::dns::Name;
using wire::dns::Type;

std::string zone_text(const std::string& address, std::size_t others = 0) {
  std::string out = "$TTL 1h\nwww A " + address + "\n";
  for (std::size_t i = 0; i < others; ++i) out += "h" + std::to_string(i) + " A 192.0.2.1\n";
  return out;
}

class ZoneKeeperTest : public ::testing::Test {
 protected:
  ZoneKeeperTest() {
    folder_.write("a.zone", zone_text("192.0.2.1"));
    folder_.write("b.zone", zone_text("192.0.2.2"));
    reload();
    tasks_.spawn(keeper_.watch());
  }

  /// As a reload of the configuration does: of what the files hold now.
  void reload(const std::string& rest = "") {
    config_ = std::make_shared<const config::Config>(config::config_of(
        "listeners: { names: { bind: 127.0.0.1:53, protocol: dns, zones: [a.example, b.example, geo.example] } }\n"
        "pools: { app: { backends: [10.0.0.1:80] } }\n"
        "regions: { eu: { addresses: [192.0.2.1] } }\n"
        "dns: { zones: {\n"
        "  a.example: { ns: ns.example.net, file: a.zone" +
            rest +
            " },\n"
            "  b.example: { ns: ns.example.net, file: b.zone },\n"
            "  geo.example: { ns: ns.example.net, names: { www: { pool: app } } } } }\n",
        folder_.path("headgate.yaml")));
    auto loaded = zones_.load(config_, base::wall_now());
    ASSERT_TRUE(loaded) << loaded.error().message;
    std::vector<std::shared_ptr<const zone::Zone>> all;
    for (const zone::LoadedZone& each : *loaded) all.push_back(each.zone);
    share_ = std::make_shared<server::ZonesShare>(std::make_shared<const server::ZoneIndex>(all));
    keeper_.follow(config_, *loaded, {{share_, {"a.example", "b.example", "geo.example"}}}, regions_);
  }
  /// By a rename, as whoever takes care does.
  void replace(const std::string& name, const std::string& text) {
    folder_.write(name + ".new", text);
    std::filesystem::rename(folder_.path(name + ".new"), folder_.path(name));
  }
  /// In place, without being another file.
  void append(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path(name), std::ios::app) << text;
  }
  bool run_until(const std::function<bool()>& condition, base::Duration limit = 10s) {
    return net::testing::run_until(loop_, condition, limit);
  }
  void run_for(base::Duration duration) { net::testing::run_for(loop_, duration); }
  /// What a listener answers with for www of that zone; "" for nothing.
  std::string address(const std::string& zone) const {
    const std::shared_ptr<const server::ZoneIndex> index = share_->zones();
    const std::string wire(Name::parse("www." + zone)->wire());
    const zone::Zone* const found = index->find(wire, Type::kA);
    const std::optional<zone::Node> node = found == nullptr ? std::nullopt : found->at(wire);
    const std::optional<zone::RecordSet> set = node ? node->find(Type::kA) : std::nullopt;
    if (!set) return "";
    std::string out;
    for (const char byte : set->data.front())
      out += (out.empty() ? "" : ".") + std::to_string(static_cast<std::uint8_t>(byte));
    return out;
  }
  std::uint32_t serial(std::size_t index) const { return keeper_.zones()[index].loaded.zone->serial(); }

  config::TempFolder folder_;
  net::Loop loop_;
  zone::Zones zones_;
  std::vector<std::string> good_;
  std::vector<std::string> bad_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<server::ZonesShare> share_;
  std::shared_ptr<regions::RegionsShare> regions_;
  ZoneKeeper keeper_{loop_, zones_,
                     [this](const std::string& text, bool is_bad) { (is_bad ? bad_ : good_).push_back(text); }};
  net::TaskScope tasks_;
};

TEST_F(ZoneKeeperTest, AFileThatIsReplacedIsUsedWithinASecond) {
  EXPECT_EQ(address("a.example"), "192.0.2.1");
  run_for(100ms);
  const std::uint32_t before = serial(0);
  const std::uint32_t other = serial(1);
  replace("a.zone", zone_text("198.51.100.1"));
  const base::Time begun = base::now();
  ASSERT_TRUE(run_until([&] { return address("a.example") == "198.51.100.1"; }));
  EXPECT_LT(base::now() - begun, 900ms) << "two looks, and the reading";
  EXPECT_EQ(address("b.example"), "192.0.2.2");
  EXPECT_TRUE(zone::is_later(serial(0), before));
  EXPECT_EQ(serial(1), other);
  EXPECT_THAT(good_, ElementsAre(HasSubstr("the files of zone a.example have changed and are used: ")));
  EXPECT_THAT(bad_, IsEmpty());
  EXPECT_EQ(share_->generation(), 1u) << "once";
}

TEST_F(ZoneKeeperTest, AFileThatIsStillBeingWrittenIsNotRead) {
  append("a.zone", "one A 192.0.2.1\n");
  for (int i = 0; i < 12; ++i) {  // for longer than kStillFor
    run_for(150ms);
    append("a.zone", "n" + std::to_string(i) + " A 192.0.2.1\n");
  }
  EXPECT_THAT(good_, IsEmpty());
  const base::Time begun = base::now();
  ASSERT_TRUE(run_until([&] { return !good_.empty(); }));
  EXPECT_GE(base::now() - begun, ZoneKeeper::kStillFor);
  EXPECT_THAT(good_, ElementsAre(HasSubstr("15 names"))) << "all of it at once";
}

/// Taken away and made anew slowly it is another file that is not whole.
TEST_F(ZoneKeeperTest, AnotherFileThatIsStillBeingWrittenIsNotReadEither) {
  std::filesystem::remove(folder_.path("a.zone"));
  for (int i = 0; i < 12; ++i) {
    append("a.zone", "n" + std::to_string(i) + " A 192.0.2.1\n");
    run_for(150ms);
  }
  EXPECT_THAT(good_, IsEmpty());
  EXPECT_THAT(bad_, IsEmpty());
  ASSERT_TRUE(run_until([&] { return !good_.empty(); }));
}

TEST_F(ZoneKeeperTest, ABrokenFileLeavesTheZoneAndIsToldOnce) {
  replace("a.zone", zone_text("198.51.100.1") + "x FOO 1\ny BAR 2\n");
  ASSERT_TRUE(run_until([&] { return !bad_.empty(); }));
  EXPECT_THAT(bad_, ElementsAre(HasSubstr("(and 1 more problem); zone a.example stays as it was")));
  EXPECT_THAT(bad_.front(), HasSubstr("a.zone:3:3: 'FOO' is no type of records"));
  EXPECT_THAT(keeper_.zones()[0].error, HasSubstr("'FOO' is no type"));
  EXPECT_EQ(address("a.example"), "192.0.2.1");
  EXPECT_EQ(share_->generation(), 0u);
  // The same mistake in another file is not told again, and one that is not looked at again neither.
  replace("a.zone", zone_text("198.51.100.2") + "x FOO 1\ny BAR 2\n");
  run_for(1500ms);
  EXPECT_EQ(bad_.size(), 1u);
  std::filesystem::remove(folder_.path("a.zone"));
  ASSERT_TRUE(run_until([&] { return bad_.size() == 2; }));
  EXPECT_THAT(bad_.back(), HasSubstr("a.zone"));
  EXPECT_EQ(address("a.example"), "192.0.2.1");
  replace("a.zone", zone_text("198.51.100.3"));
  ASSERT_TRUE(run_until([&] { return address("a.example") == "198.51.100.3"; }));
  EXPECT_EQ(keeper_.zones()[0].error, "");
}

TEST_F(ZoneKeeperTest, SeveralThatChangeAtOnceAreAllUsed) {
  replace("a.zone", zone_text("198.51.100.1"));
  replace("b.zone", zone_text("198.51.100.2"));
  ASSERT_TRUE(run_until([&] { return address("b.example") == "198.51.100.2"; }));
  EXPECT_EQ(address("a.example"), "198.51.100.1");
  EXPECT_EQ(good_.size(), 2u);
}

/// What was begun for the configuration before is of no use: the reload has read the files itself.
TEST_F(ZoneKeeperTest, AReloadMeanwhileDiscardsWhatWasRead) {
  replace("a.zone", zone_text("198.51.100.1", 20'000));
  run_for(600ms);  // being read, or read already
  replace("a.zone", zone_text("198.51.100.2"));
  reload(", ttl: 9s");
  const std::size_t told = good_.size();
  EXPECT_EQ(address("a.example"), "198.51.100.2");
  run_for(1500ms);
  EXPECT_EQ(address("a.example"), "198.51.100.2");
  EXPECT_EQ(good_.size(), told);
  EXPECT_EQ(share_->generation(), 0u) << "of the new listener";
}

TEST_F(ZoneKeeperTest, EndsWhileAFileIsBeingRead) {
  replace("a.zone", zone_text("198.51.100.1", 50'000));
  run_for(520ms);
  tasks_.cancel_all();
}

TEST_F(ZoneKeeperTest, SerialsOfGeoNamesMoveWithHealth) {
  const geoip::Regions regions({{"eu", {}, {}, std::nullopt}}, {}, "eu");
  const std::vector<regions::PoolMembers> pools(1);
  const auto map = [&](regions::State state) {
    const std::vector<regions::Standing> standings{{state, false}};
    return std::make_shared<const regions::ServingMap>(
        regions::ServingMap::Source{regions, "", config_->geo.regions, standings, pools});
  };
  regions_ = std::make_shared<regions::RegionsShare>(map(regions::State::kUp));
  reload();
  const std::uint32_t without = serial(0);
  const std::uint32_t geo = serial(2);
  run_for(600ms);
  EXPECT_EQ(serial(2), geo) << "nothing has changed";
  regions_->publish(map(regions::State::kDown));
  ASSERT_TRUE(run_until([&] { return serial(2) != geo; }));
  EXPECT_TRUE(zone::is_later(serial(2), geo));
  EXPECT_EQ(serial(0), without) << "nobody is sent anywhere by that zone";
}

}  // namespace
}  // namespace headgate::proxy::dns::upkeep
