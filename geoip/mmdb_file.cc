#include "geoip/mmdb_file.h"

#include <fmt/core.h>
#include <maxminddb.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/files/file_io.h"
#include "base/owned_fd.h"

namespace headgate::geoip {
namespace {

constexpr std::string_view kMetadataMarker = "\xab\xcd\xefMaxMind.com";
/// Between tree and data (MaxMind DB 2.0, "Data Section Separator").
constexpr std::uint32_t kSeparatorBytes = 16;
constexpr std::size_t kTextBytesMax = 255;

base::Error unusable(const std::string& name, std::string_view what) {
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, fmt::format("{}: {}", name, what)};
}

/// One value of a record; its `has_data` is false where there is none.
base::Result<MMDB_entry_data_s> value_at(const MMDB_s* file, std::uint32_t record, const char* const* path,
                                         const std::string& name) {
  MMDB_entry_s entry{file, record};
  MMDB_entry_data_s value{};
  const int status = MMDB_aget_value(&entry, &value, path);
  if (status == MMDB_SUCCESS) return value;
  if (status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR || status == MMDB_INVALID_LOOKUP_PATH_ERROR) {
    return MMDB_entry_data_s{};
  }
  return unusable(name, fmt::format("corrupt: a record at {} cannot be read ({}); fetch or build the file again",
                                    record, MMDB_strerror(status)));
}

/// Whether it is UTF-8 (RFC 3629) without control characters: it goes to logs, terminals and JSON.
bool is_clean_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0x20 || lead == 0x7f || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || length > text.size() - i) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    const auto second = static_cast<std::uint8_t>(length > 1 ? text[i + 1] : 0);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return false;  // overlong, surrogates
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return false;
    if (lead == 0xc2 && second < 0xa0) return false;  // C1 controls
    i += length;
  }
  return true;
}

/// Empty for what is no text, is too long or would be dangerous to show.
std::string_view text_of(const MMDB_entry_data_s& value) {
  if (!value.has_data || value.type != MMDB_DATA_TYPE_UTF8_STRING || value.data_size > kTextBytesMax) return {};
  const std::string_view text(value.utf8_string, value.data_size);
  return is_clean_utf8(text) ? text : std::string_view();
}

std::optional<double> number_of(const MMDB_entry_data_s& value) {
  if (!value.has_data) return std::nullopt;
  if (value.type == MMDB_DATA_TYPE_DOUBLE) return value.double_value;
  if (value.type == MMDB_DATA_TYPE_FLOAT) return value.float_value;
  return std::nullopt;
}

std::uint32_t asn_of(const MMDB_entry_data_s& value) {
  if (!value.has_data) return 0;
  if (value.type == MMDB_DATA_TYPE_UINT32) return value.uint32;
  if (value.type == MMDB_DATA_TYPE_UINT16) return value.uint16;
  const bool fits = value.type == MMDB_DATA_TYPE_UINT64 && value.uint64 <= std::numeric_limits<std::uint32_t>::max();
  return fits ? static_cast<std::uint32_t>(value.uint64) : 0;
}

base::IpNetwork network_of(const std::array<std::uint8_t, 16>& bytes, int depth, bool is_v4) {
  if (!is_v4) return {base::IpAddress::v6(bytes), depth};
  const std::uint32_t value = static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
                              static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
  return {base::IpAddress::v4(value), depth};
}

/// IPv4-mapped, ::ffff:0:0/96: an address of it is one of IPv4 everywhere in headgate, and looked up as such.
bool is_mapped(const base::IpNetwork& network, bool is_v4) {
  return !is_v4 && network.address.is_v4();
}

}  // namespace

void MmdbFile::Closing::operator()(MMDB_s* file) const {
  MMDB_close(file);
  delete file;
}

MmdbFile::MmdbFile(std::unique_ptr<MMDB_s, Closing> file, std::string name)
    : file_(std::move(file)), name_(std::move(name)) {
  const MMDB_metadata_s& metadata = file_->metadata;
  if (metadata.database_type != nullptr && is_clean_utf8(metadata.database_type)) about_.type = metadata.database_type;
  about_.built_seconds = metadata.build_epoch;
  about_.ip_version = metadata.ip_version;
  about_.nodes = metadata.node_count;
}
MmdbFile::MmdbFile(MmdbFile&&) noexcept = default;
MmdbFile& MmdbFile::operator=(MmdbFile&&) noexcept = default;
MmdbFile::~MmdbFile() = default;

base::Error MmdbFile::corrupt(std::string_view what) const {
  return unusable(name_, fmt::format("corrupt: {}; fetch or build the file again", what));
}

base::Result<MmdbFile> MmdbFile::open(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) return unusable(name, "is empty; fetch or build the file again");
  if (bytes.rfind(kMetadataMarker) == std::string_view::npos) {
    return unusable(name,
                    "no MaxMind DB, or one that was cut short: there is no metadata at its end; a whole .mmdb file is "
                    "wanted, unpacked");
  }
  // The library opens by name alone.
  const base::OwnedFd copy(::memfd_create("mmdb", MFD_CLOEXEC));
  if (!copy) return base::system_error(errno, "copy " + name);
  const base::Result<void> written = base::files::write_at(copy.get(), bytes, 0, name);
  if (!written) return written.error();
  auto raw = std::make_unique<MMDB_s>();
  const int status = MMDB_open(fmt::format("/proc/self/fd/{}", copy.get()).c_str(), MMDB_MODE_MMAP, raw.get());
  if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR || status == MMDB_OUT_OF_MEMORY_ERROR) {
    return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate,
                       fmt::format("read {}: {} (is /proc mounted?)", name, MMDB_strerror(status))};
  }
  if (status != MMDB_SUCCESS) {
    return unusable(name, fmt::format("corrupt: {}; fetch or build the file again", MMDB_strerror(status)));
  }
  MmdbFile file(std::unique_ptr<MMDB_s, Closing>(raw.release()), name);
  const MMDB_metadata_s& metadata = file.file_->metadata;
  if (metadata.binary_format_major_version != 2) {
    return unusable(name, fmt::format("of format {}; headgate reads format 2", metadata.binary_format_major_version));
  }
  if (metadata.ip_version != 4 && metadata.ip_version != 6) return file.corrupt("its ip_version is neither 4 nor 6");
  const std::uint32_t size = metadata.record_size;
  if (size != 24 && size != 28 && size != 32) return file.corrupt("its record_size is none of 24, 28 and 32");
  // What the library counts on when it reads a node or a value, checked once more.
  const std::uint64_t tree = std::uint64_t{metadata.node_count} * (size / 4);
  if (metadata.node_count == 0 || tree + kSeparatorBytes > bytes.size()) {
    return file.corrupt("its tree is longer than the file");
  }
  return file;
}

struct MmdbFile::Walk {
  const MmdbFile& file;
  const std::function<base::Result<void>(const Leaf&)>& take;
  std::uint32_t v4_root;      // what is an alias in the tree of IPv6; no node: there is none
  std::uint64_t visits_left;  // a tree that is none may lead to a node by very many ways

  /// `record` is what a node says; leads on, to a record, or nowhere.
  base::Result<void> leaf(std::uint64_t record, const std::array<std::uint8_t, 16>& prefix, int depth, bool is_v4) {
    const std::uint32_t nodes = file.about_.nodes;
    if (record == nodes || is_mapped(network_of(prefix, depth, is_v4), is_v4)) return {};
    if (record < std::uint64_t{nodes} + kSeparatorBytes ||
        record - nodes - kSeparatorBytes >= file.file_->data_section_size) {
      return file.corrupt(
          fmt::format("the record of {} lies outside of the file", network_of(prefix, depth, is_v4).text()));
    }
    return take(
        {network_of(prefix, depth, is_v4), false, static_cast<std::uint32_t>(record - nodes - kSeparatorBytes)});
  }

  base::Result<void> run(std::uint32_t root, bool is_v4) {
    struct Step {
      std::uint32_t node;
      std::uint8_t depth;
      bool is_right;  // what is to be followed from here next
      bool is_left_done;
    };
    const int depth_max = is_v4 ? 32 : 128;
    std::array<std::uint8_t, 16> prefix{};
    std::vector<Step> way = {{root, 0, false, false}};
    while (!way.empty()) {
      Step& step = way.back();
      const int depth = step.depth;
      const auto byte = static_cast<std::size_t>(depth / 8);
      const auto mask = static_cast<std::uint8_t>(0x80 >> (depth % 8));
      if (step.is_right && step.is_left_done) {
        prefix[byte] &= static_cast<std::uint8_t>(~mask);
        way.pop_back();
        continue;
      }
      if (!step.is_left_done && visits_left-- == 0) return file.corrupt("its tree leads to the same places many times");
      MMDB_search_node_s node{};
      if (MMDB_read_node(file.file_.get(), step.node, &node) != MMDB_SUCCESS) {
        return file.corrupt(fmt::format("node {} of its tree cannot be read", step.node));
      }
      const std::uint64_t record = step.is_left_done ? node.right_record : node.left_record;
      if (step.is_left_done) {
        step.is_right = true;
        prefix[byte] |= mask;
      }
      step.is_left_done = true;
      if (record >= file.about_.nodes) {
        const base::Result<void> taken = leaf(record, prefix, depth + 1, is_v4);
        if (!taken) return taken;
      } else if (!is_v4 && record == v4_root) {
        const base::IpNetwork network = network_of(prefix, depth + 1, false);
        const base::Result<void> taken = is_mapped(network, false) ? base::Result<void>() : take({network, true, 0});
        if (!taken) return taken;
      } else if (depth + 1 >= depth_max) {
        return file.corrupt("its tree is deeper than an address is long");
      } else {
        way.push_back({static_cast<std::uint32_t>(record), static_cast<std::uint8_t>(depth + 1), false, false});
      }
    }
    return {};
  }
};

/// The node at ::/96; where the tree ends before, the leaf there.
std::uint32_t MmdbFile::root_of_v4(bool& is_leaf, std::uint64_t& leaf) const {
  std::uint32_t node = 0;
  for (int depth = 0; depth < 96; ++depth) {
    MMDB_search_node_s read{};
    if (MMDB_read_node(file_.get(), node, &read) != MMDB_SUCCESS || read.left_record >= about_.nodes) {
      is_leaf = true;
      leaf = read.left_record;
      return about_.nodes;
    }
    node = static_cast<std::uint32_t>(read.left_record);
  }
  return node;
}

base::Result<void> MmdbFile::walk(const std::function<base::Result<void>(const Leaf&)>& take) const {
  // Each node once, and some more: writers may let networks share a subtree.
  Walk walk{*this, take, about_.nodes, std::uint64_t{about_.nodes} * 2 + 1024};
  if (about_.ip_version == 4) return walk.run(0, true);
  bool is_leaf = false;
  std::uint64_t leaf = 0;
  const std::uint32_t root = root_of_v4(is_leaf, leaf);
  const base::Result<void> v4 = is_leaf ? walk.leaf(leaf, {}, 0, true) : walk.run(root, true);
  if (!v4) return v4;
  walk.v4_root = root;
  return walk.run(0, false);
}

base::Result<Place> MmdbFile::place_of(std::uint32_t record) const {
  // Each value is asked for by its path: a record holds much that nobody here wants, names in eight languages.
  constexpr const char* kCountry[] = {"country", "iso_code", nullptr};
  constexpr const char* kContinent[] = {"continent", "code", nullptr};
  constexpr const char* kLatitude[] = {"location", "latitude", nullptr};
  constexpr const char* kLongitude[] = {"location", "longitude", nullptr};
  constexpr const char* kAsn[] = {"autonomous_system_number", nullptr};
  constexpr const char* kOrganization[] = {"autonomous_system_organization", nullptr};
  constexpr const char* kCity[] = {"city", "names", "en", nullptr};
  constexpr const char* kRegion[] = {"region", nullptr};
  const char* const* const paths[] = {kCountry, kContinent, kLatitude, kLongitude, kAsn, kOrganization, kCity, kRegion};
  MMDB_entry_data_s values[std::size(paths)];
  for (std::size_t i = 0; i < std::size(paths); ++i) {
    const base::Result<MMDB_entry_data_s> value = value_at(file_.get(), record, paths[i], name_);
    if (!value) return value.error();
    values[i] = *value;
  }
  Place place;
  place.country = Code(text_of(values[0]));
  place.continent = Code(text_of(values[1]));
  const std::optional<double> latitude = number_of(values[2]);
  const std::optional<double> longitude = number_of(values[3]);
  // Written so that a NaN is no place.
  if (latitude && longitude && std::abs(*latitude) <= 90 && std::abs(*longitude) <= 180) {
    place.location = Point{*latitude, *longitude};
  }
  place.asn = asn_of(values[4]);
  place.organization = text_of(values[5]);
  place.city = text_of(values[6]);
  place.region = text_of(values[7]);
  return place;
}

}  // namespace headgate::geoip
