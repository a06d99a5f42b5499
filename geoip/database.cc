#include "geoip/database.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/files/file_io.h"
#include "base/geography/countries.h"
#include "base/owned_fd.h"
#include "geoip/mmdb_file.h"

namespace headgate::geoip {
namespace {

base::Error refusal(const std::string& name, std::string_view what) {
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, fmt::format("{}: {}", name, what)};
}

/// The IPv4 address that stands in an IPv6 one after so many bits.
base::IpAddress embedded_v4(const base::IpAddress& address, int after_bits) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t byte = static_cast<std::size_t>(after_bits / 8) + i;
    bits = bits << 8 | (byte < 16 ? address.bytes()[byte] : 0);
  }
  return base::IpAddress::v4(static_cast<std::uint32_t>(bits >> (8 - after_bits % 8)));
}

}  // namespace

/// What is only needed while a file is read.
class Database::Loading {
 public:
  Loading(const MmdbFile& file, Database& out) : file_(file), out_(out) {}

  base::Result<void> run() {
    return file_.walk([this](const MmdbFile::Leaf& leaf) { return take(leaf); });
  }

 private:
  base::Result<void> take(const MmdbFile::Leaf& leaf) {
    if (leaf.is_alias) {
      // Deeper than that there is no room for an address of IPv4.
      if (leaf.network.prefix_bits > 96) return {};
      // Counted from the end: there are only so many places as the walk will find.
      const auto value = static_cast<std::uint32_t>(NetworkTable::kNone - 1 - out_.aliases_.size());
      out_.aliases_.push_back(leaf.network.prefix_bits);
      out_.networks_.append(leaf.network, value);
      return {};
    }
    ++out_.about_.networks;
    const auto [known, is_new] = by_record_.try_emplace(leaf.record, static_cast<std::uint32_t>(out_.places_.size()));
    if (is_new) {
      base::Result<Place> place = file_.place_of(leaf.record);
      if (!place) return place.error();
      keep(*place);
    }
    out_.networks_.append(leaf.network, known->second);
    return {};
  }

  void keep(Place& place) {
    if (place.continent.empty()) place.continent = Code(base::geography::continent_of_country(place.country.text()));
    for (std::string_view* text : {&place.organization, &place.city, &place.region}) *text = kept(*text);
    out_.places_.push_back(place);
  }

  std::string_view kept(std::string_view text) {
    if (text.empty()) return {};
    const auto known = texts_.find(text);
    if (known != texts_.end()) return *known;
    return *texts_.insert(out_.texts_.emplace_back(text)).first;
  }

  const MmdbFile& file_;
  Database& out_;
  std::unordered_map<std::uint32_t, std::uint32_t> by_record_;
  std::unordered_set<std::string_view> texts_;
};

base::Result<std::shared_ptr<const Database>> Database::load(const std::string& path) {
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct ::stat found{};
  if (!file || ::fstat(file.get(), &found) != 0) {
    return base::system_error(errno, "open " + path, base::Fault::kUser);
  }
  if (!S_ISREG(found.st_mode)) return refusal(path, "is not a regular file");
  if (static_cast<std::uint64_t>(found.st_size) > MmdbFile::kFileBytesMax) {
    return refusal(path, fmt::format("has {} bytes, and at most {} are read", found.st_size, MmdbFile::kFileBytesMax));
  }
  const base::Result<std::string> bytes = base::files::read_whole(file.get(), path);
  if (!bytes) return bytes.error();
  return read(*bytes, path);
}

base::Result<std::shared_ptr<const Database>> Database::read(std::string_view bytes, const std::string& name) {
  const base::Result<MmdbFile> file = MmdbFile::open(bytes, name);
  if (!file) return file.error();
  std::shared_ptr<Database> out(new Database());
  out->about_.file = name;
  out->about_.type = file->about().type;
  out->about_.built_seconds = file->about().built_seconds;
  const base::Result<void> loaded = Loading(*file, *out).run();
  if (!loaded) return loaded.error();
  out->networks_.finish();
  out->places_.shrink_to_fit();
  out->about_.places = out->places_.size();
  if (out->places_.empty()) return refusal(name, "holds no networks; fetch or build the file again");
  if (std::ranges::all_of(out->places_, &Place::empty)) {
    return refusal(name, fmt::format("its records (database_type '{}') tell neither country, continent, location, ASN "
                                     "nor region; a City, Country or ASN database is wanted",
                                     out->about_.type));
  }
  return std::shared_ptr<const Database>(std::move(out));
}

Database::Found Database::find(const base::IpAddress& address) const {
  const auto found = [this](std::uint32_t value, int prefix_bits) -> Found {
    if (value >= places_.size()) return {nullptr, prefix_bits, 0};
    return {&places_[value], prefix_bits, value};
  };
  const NetworkTable::Answer answer = networks_.find(address);
  if (answer.value < places_.size() || answer.value == NetworkTable::kNone) {
    return found(answer.value, answer.prefix_bits);
  }
  const int before = aliases_[NetworkTable::kNone - 1 - answer.value];
  const NetworkTable::Answer inner = networks_.find(embedded_v4(address, before));
  return found(inner.value, before + inner.prefix_bits);
}

}  // namespace headgate::geoip
