// What it costs to find where a client is: builds a database of PREFIXES random networks with a country, a location and
// an AS number each, loads it, and looks up COUNT random addresses in them, region and all. Run under `valgrind
// --tool=callgrind` with two counts; the slope is the instructions of one. Without valgrind it says nanoseconds.
//
//     geoip_locate_bench PREFIXES COUNT
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "geoip/atlas.h"
#include "geoip/write/mmdb_writer.h"

int main(int argc, char** argv) {
  using namespace headgate;
  if (argc != 3) {
    std::fprintf(stderr, "usage: geoip_locate_bench PREFIXES COUNT\n");
    return 2;
  }
  const std::size_t prefixes = std::strtoull(argv[1], nullptr, 10);
  const std::size_t count = std::strtoull(argv[2], nullptr, 10);
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  };
  base::Random random(1);
  constexpr std::string_view kCountries[] = {"DE", "FR", "US", "CA", "JP", "AU", "BR", "ZA", "IN", "GB"};
  std::vector<geoip::write::NetworkRow> rows(prefixes);
  std::vector<base::IpAddress> addresses(1 << 16);
  for (geoip::write::NetworkRow& row : rows) {
    const int bits = 16 + static_cast<int>(random.below(9));
    row.network = {base::IpAddress::v4(static_cast<std::uint32_t>(random.next())).masked(bits), bits};
    row.country = geoip::Code(kCountries[random.below(10)]);
    row.location = geoip::Point{random.below(1800) / 10.0 - 90, random.below(3600) / 10.0 - 180};
    row.asn = 1 + random.below(60'000);
  }
  for (base::IpAddress& address : addresses) {
    const std::uint32_t network = rows[random.below(static_cast<std::uint32_t>(prefixes))].network.address.v4_value();
    address = base::IpAddress::v4(network | random.below(256));
  }
  const auto written = geoip::write::write_mmdb(rows, {});
  if (!written) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
    return 1;
  }
  const auto loading = Clock::now();
  auto database = geoip::Database::read(written->bytes, "bench");
  if (!database) {
    std::fprintf(stderr, "%s\n", database.error().message.c_str());
    return 1;
  }
  const double loaded_ms = since(loading);
  // Some clients by country, some by the nearest of four.
  const auto regions = std::make_shared<const geoip::Regions>(
      std::vector<geoip::Regions::Region>{
          {"eu", {geoip::Code("DE"), geoip::Code("FR")}, {}, geoip::Point{50.11, 8.68}},
          {"us", {geoip::Code("US"), geoip::Code("CA")}, {}, geoip::Point{39.04, -77.49}},
          {"ap", {}, {}, geoip::Point{1.35, 103.82}},
          {"sa", {geoip::Code("BR")}, {}, geoip::Point{-23.55, -46.63}}},
      std::vector<geoip::Regions::Network>{}, "eu");
  const geoip::Atlas atlas({*database}, regions);
  std::size_t sum = 0;
  const auto looking = Clock::now();
  for (std::size_t i = 0; i < count; ++i) sum += atlas.locate(addresses[i & 0xffff]).decision.region;
  const double took_ms = since(looking);
  std::printf(
      "%zu networks, %zu bytes of file, loaded in %.0f ms; %zu look-ups, %.0f ns each, %.1f million a second (%zu)\n",
      static_cast<std::size_t>((*database)->about().networks), written->bytes.size(), loaded_ms, count,
      took_ms * 1e6 / static_cast<double>(count), static_cast<double>(count) / took_ms / 1000, sum);
  return 0;
}
