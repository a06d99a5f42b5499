#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "geoip/database.h"
#include "geoip/write/mmdb_writer.h"

// Networks of any text are refused with places, or make a database that knows each network's first address. In ::/96 is
// IPv4's tree, whatever a network of IPv6 around it says: there its first address is what IPv4's is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace write = headgate::geoip::write;
  using headgate::base::IpAddress;
  const write::ParsedNetworks parsed = write::parse_networks({reinterpret_cast<const char*>(bytes), size});
  for (const write::RowProblem& problem : parsed.problems) {
    if (problem.line < 1 || problem.column < 1 || problem.what.empty()) std::abort();
  }
  if (!parsed.problems.empty()) return 0;
  const auto written = write::write_mmdb(parsed.rows, {});
  if (!written) std::abort();
  const auto database = headgate::geoip::Database::read(written->bytes, "built.mmdb");
  for (const write::NetworkRow& row : parsed.rows) {
    // One whose rows say nothing at all tells nothing of places, and is no database.
    if (!database) {
      const bool says_something = !row.country.empty() || !row.continent.empty() || row.location || row.asn != 0 ||
                                  !row.organization.empty() || !row.city.empty() || !row.region.empty();
      if (says_something) std::abort();
      continue;
    }
    const auto found = (*database)->find(row.network.address);
    if (row.network.address == IpAddress::v6({})) {
      if (found.place != (*database)->find(IpAddress()).place) std::abort();
      continue;
    }
    if (found.place == nullptr || found.prefix_bits < row.network.prefix_bits) std::abort();
  }
  return 0;
}
