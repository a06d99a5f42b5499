// What it costs to find where a client is: builds a database of PREFIXES random networks with a country, a location and
// an AS number each, loads it, and looks up COUNT random addresses in them, region and all: of IPv4, or of IPv6 as it
// is given out. Says nanoseconds of the first million, most of which ask for a place that nobody asked for before, and
// of all after it; and bytes of memory. Run under `valgrind --tool=callgrind` with two counts, the slope is the
// instructions of one.
//
//     geoip_locate_bench PREFIXES COUNT [4 | 6]
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "geoip/atlas.h"
#include "geoip/write/mmdb_writer.h"
#include "proxy/geo/remembered.h"

namespace {

using namespace headgate;
/// Of CPU that this thread used: others may run beside it.
double ms_used() {
  struct timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

base::IpNetwork random_v4(base::Random& random) {
  const int bits = 16 + static_cast<int>(random.below(9));
  return {base::IpAddress::v4(static_cast<std::uint32_t>(random.next())).masked(bits), bits};
}

/// A /32 to /48 of one of 20,000 holders, in the blocks that registries give out of.
base::IpNetwork random_v6(base::Random& random) {
  constexpr std::uint16_t kBlocks[] = {0x2001, 0x2400, 0x2401, 0x2402, 0x2404, 0x2600, 0x2602,
                                       0x2604, 0x2800, 0x2804, 0x2a00, 0x2a01, 0x2a02, 0x2a03};
  base::Random holder(random.below(20'000));
  const std::uint16_t block = kBlocks[holder.below(std::size(kBlocks))];
  const std::uint32_t rest = holder.below(65'536);
  std::array<std::uint8_t, 16> bytes{static_cast<std::uint8_t>(block >> 8), static_cast<std::uint8_t>(block),
                                     static_cast<std::uint8_t>(rest >> 8), static_cast<std::uint8_t>(rest)};
  bytes[4] = static_cast<std::uint8_t>(random.below(64));
  bytes[5] = static_cast<std::uint8_t>(random.next());
  const int bits = 32 + static_cast<int>(std::max(random.below(17), random.below(17)));
  return {base::IpAddress::v6(bytes).masked(bits), bits};
}

base::IpAddress within(const base::IpNetwork& network, base::Random& random) {
  if (network.address.is_v4()) return base::IpAddress::v4(network.address.v4_value() | random.below(256));
  std::array<std::uint8_t, 16> bytes = network.address.bytes();
  for (std::size_t i = 6; i < 16; ++i) bytes[i] = static_cast<std::uint8_t>(random.next());
  return base::IpAddress::v6(bytes);
}

std::vector<geoip::write::NetworkRow> rows_of(std::size_t prefixes, bool is_v4, base::Random& random) {
  constexpr std::string_view kCountries[] = {"DE", "FR", "US", "CA", "JP", "AU", "BR", "ZA", "IN", "GB"};
  std::vector<geoip::write::NetworkRow> rows(prefixes);
  for (geoip::write::NetworkRow& row : rows) {
    row.network = is_v4 ? random_v4(random) : random_v6(random);
    row.country = geoip::Code(kCountries[random.below(10)]);
    row.location = geoip::Point{random.below(1800) / 10.0 - 90, random.below(3600) / 10.0 - 180};
    row.asn = 1 + random.below(60'000);
  }
  return rows;
}

/// Some clients by country, some by the nearest of four.
std::shared_ptr<const geoip::Regions> four_regions() {
  return std::make_shared<const geoip::Regions>(
      std::vector<geoip::Regions::Region>{
          {"eu", {geoip::Code("DE"), geoip::Code("FR")}, {}, geoip::Point{50.11, 8.68}},
          {"us", {geoip::Code("US"), geoip::Code("CA")}, {}, geoip::Point{39.04, -77.49}},
          {"ap", {}, {}, geoip::Point{1.35, 103.82}},
          {"sa", {geoip::Code("BR")}, {}, geoip::Point{-23.55, -46.63}}},
      std::vector<geoip::Regions::Network>{}, "eu");
}

void say(const char* what, std::size_t count, double took_ms) {
  if (count == 0) return;
  std::printf("%s %zu look-ups, %.0f ns each, %.1f million a second\n", what, count,
              took_ms * 1e6 / static_cast<double>(count), static_cast<double>(count) / took_ms / 1000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: geoip_locate_bench PREFIXES COUNT [4 | 6]\n");
    return 2;
  }
  const std::size_t prefixes = std::strtoull(argv[1], nullptr, 10);
  const std::size_t count = std::strtoull(argv[2], nullptr, 10);
  const bool is_v4 = argc < 4 || std::string_view(argv[3]) != "6";
  base::Random random(1);
  const std::vector<geoip::write::NetworkRow> rows = rows_of(prefixes, is_v4, random);
  std::vector<base::IpAddress> addresses(1 << 20);
  for (base::IpAddress& address : addresses) {
    address = within(rows[random.below(static_cast<std::uint32_t>(prefixes))].network, random);
  }
  auto written = geoip::write::write_mmdb(rows, {});
  if (!written) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
    return 1;
  }
  ::malloc_trim(0);
  const struct mallinfo2 before = ::mallinfo2();
  const double loading = ms_used();
  auto database = geoip::Database::read(written->bytes, "bench");
  if (!database) {
    std::fprintf(stderr, "%s\n", database.error().message.c_str());
    return 1;
  }
  const geoip::Atlas atlas({*database}, four_regions());
  const double loaded_ms = ms_used() - loading;
  const struct mallinfo2 after = ::mallinfo2();
  std::printf("%zu networks, %zu places, %zu bytes of file, loaded in %.0f ms, %.1f MB of memory\n",
              static_cast<std::size_t>((*database)->about().networks),
              static_cast<std::size_t>((*database)->about().places), written->bytes.size(), loaded_ms,
              static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / 1e6);
  std::size_t sum = 0;
  const auto ask = [&](const auto& one, std::size_t from, std::size_t until) {
    const double looking = ms_used();
    for (std::size_t i = from; i < until; ++i) sum += one(addresses[i & (addresses.size() - 1)]);
    return ms_used() - looking;
  };
  const auto decide = [&](const base::IpAddress& address) { return atlas.decide(address).decision.region; };
  const auto locate = [&](const base::IpAddress& address) {
    const geoip::Located located = atlas.locate(address);
    return located.decision.region + located.place.asn;
  };
  const std::size_t first = std::min(count, addresses.size());
  say("region, first asked:    ", first, ask(decide, 0, first));
  say("region:                 ", count - first, ask(decide, first, count));
  say("region and place:       ", count - first, ask(locate, first, count));
  proxy::geo::Remembered remembered;
  const auto by_memory = [&](const base::IpAddress& address) {
    return remembered.decide(atlas, address).decision.region;
  };
  say("region, remembered:     ", count - first, ask(by_memory, first, count));
  // The same thousand clients, over and over.
  for (std::size_t i = 1'024; i < addresses.size(); ++i) addresses[i] = addresses[i & 1'023];
  say("few, region:            ", count - first, ask(decide, first, count));
  say("few, region, remembered:", count - first, ask(by_memory, first, count));
  std::printf("(%zu)\n", sum);
  return 0;
}
