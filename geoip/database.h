#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/memory/huge_pages.h"
#include "base/result.h"
#include "geoip/network_table.h"
#include "geoip/place.h"

namespace headgate::geoip {

/// What a MaxMind DB says of addresses. All of the file is read, checked and laid out when it is loaded: a file of
/// which some record is damaged is refused as a whole, and a look-up afterwards cannot fail, decodes nothing and
/// touches no file. Immutable; any thread may look up.
///
///     base::Result<std::shared_ptr<const Database>> city = Database::load("/var/lib/GeoIP/GeoLite2-City.mmdb");
///     if (!city) return city.error();
///     Database::Found found = (*city)->find(address);
///     if (found.place != nullptr) use(found.place->country.text(), found.prefix_bits);
class Database {
 public:
  /// Reads the whole file: up to a second for the largest that are common. An error names the file, says what is wrong
  /// with it and what to do; kInvalid for one that is no MaxMind DB, is cut short or damaged, or tells nothing of
  /// places.
  static base::Result<std::shared_ptr<const Database>> load(const std::string& path);
  /// The same from the bytes of a file; `name` is for messages.
  static base::Result<std::shared_ptr<const Database>> read(std::string_view bytes, const std::string& name);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  struct Found {
    const Place* place = nullptr;  ///< null: nothing is known; lives as long as the database
    int prefix_bits = 0;           ///< of the network all of which has this answer
    std::uint32_t number = 0;      ///< of the place: below about().places
  };
  Found find(const base::IpAddress& address) const;

  struct About {
    std::string file;
    std::string type;                 ///< as the file states it: "GeoLite2-City"
    std::uint64_t built_seconds = 0;  ///< of the Unix epoch
    std::uint64_t networks = 0;
    std::uint64_t places = 0;  ///< that differ
  };
  const About& about() const { return about_; }

 private:
  Database() = default;
  class Loading;

  About about_;
  NetworkTable networks_;  // -> an index of places_, or one of aliases_ counted down from kNone - 1
  std::vector<Place, base::memory::HugePages<Place>> places_;
  std::vector<int> aliases_;  // for each the length of its prefix, after which an IPv4 address follows
  std::deque<std::string> texts_;
};

}  // namespace headgate::geoip
