#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"
#include "geoip/place.h"

struct MMDB_s;

namespace headgate::geoip {

/// A MaxMind DB file (format 2.0) that is open to be read once, from begin to end. The bytes are a copy of ours:
/// whoever writes over the file meanwhile changes nothing here. Nothing of the file is believed before it has been
/// checked.
class MmdbFile {
 public:
  /// Larger ones are refused; the largest that are sold have 1 GiB.
  static constexpr std::uint64_t kFileBytesMax = 4ull << 30;

  /// Errors name `name` and say what to do: kInvalid.
  static base::Result<MmdbFile> open(std::string_view bytes, const std::string& name);
  MmdbFile(MmdbFile&&) noexcept;
  MmdbFile& operator=(MmdbFile&&) noexcept;
  ~MmdbFile();

  struct About {
    std::string type;                 ///< "GeoLite2-City"
    std::uint64_t built_seconds = 0;  ///< of the Unix epoch
    int ip_version = 6;               ///< 4: IPv4 alone
    std::uint32_t nodes = 0;
  };
  const About& about() const { return about_; }

  /// Where the tree leads at the end of a prefix: a record, or (of an IPv6 prefix) the tree of IPv4, as for 6to4.
  struct Leaf {
    base::IpNetwork network;
    bool is_alias = false;
    std::uint32_t record = 0;
  };
  /// All leaves with something in them, IPv4 first, each family in the order of addresses. An error for a tree that
  /// leads out of the file or is no tree.
  base::Result<void> walk(const std::function<base::Result<void>(const Leaf&)>& take) const;

  /// What is said in a record. Its texts lie in this file.
  base::Result<Place> place_of(std::uint32_t record) const;

 private:
  struct Closing {
    void operator()(MMDB_s* file) const;
  };
  MmdbFile(std::unique_ptr<MMDB_s, Closing> file, std::string name);
  struct Walk;
  base::Error corrupt(std::string_view what) const;
  std::uint32_t root_of_v4(bool& is_leaf, std::uint64_t& leaf) const;

  std::unique_ptr<MMDB_s, Closing> file_;
  std::string name_;
  About about_;
};

}  // namespace headgate::geoip
