#include "geoip/write/mmdb_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace headgate::geoip::write {
namespace {

/// The data section's types (MaxMind DB 2.0, "Output Data Section").
enum class Type : std::uint8_t {
  kText = 2,
  kDouble = 3,
  kUint16 = 5,
  kUint32 = 6,
  kMap = 7,
  kUint64 = 9,
  kArray = 11,
};

/// Values one after the other.
class Encoder {
 public:
  std::string take() { return std::move(out_); }

  Encoder& map(std::size_t entries) { return control(Type::kMap, entries); }
  Encoder& array(std::size_t items) { return control(Type::kArray, items); }
  Encoder& text(std::string_view value) {
    control(Type::kText, value.size());
    out_ += value;
    return *this;
  }
  Encoder& number(double value) {
    control(Type::kDouble, 8);
    return big_endian(std::bit_cast<std::uint64_t>(value), 8);
  }
  Encoder& number(Type type, std::uint64_t value) {
    const auto bytes = static_cast<std::size_t>(64 - std::countl_zero(value) + 7) / 8;
    control(type, bytes);
    return big_endian(value, bytes);
  }

 private:
  Encoder& control(Type type, std::size_t size) {
    // Sizes up to 28 stand in the first byte, others in one to three more; types above 7 in a second one.
    constexpr std::size_t kOneByte = 29;
    constexpr std::size_t kTwoBytes = kOneByte + 256;
    constexpr std::size_t kThreeBytes = kTwoBytes + 65'536;
    const auto number = static_cast<unsigned>(type);
    const unsigned shown = number > 7 ? 0 : number;
    std::size_t more = 0;
    std::size_t low = size;
    if (size >= kThreeBytes) {
      more = 3, low = 31;
    } else if (size >= kTwoBytes) {
      more = 2, low = 30;
    } else if (size >= kOneByte) {
      more = 1, low = 29;
    }
    out_ += static_cast<char>(shown << 5 | low);
    if (number > 7) out_ += static_cast<char>(number - 7);
    const std::size_t base = more == 1 ? kOneByte : more == 2 ? kTwoBytes : kThreeBytes;
    if (more > 0) big_endian(size - base, more);
    return *this;
  }
  Encoder& big_endian(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string out_;
};

/// As MaxMind's City and ASN databases lay it out.
std::string record_of(const NetworkRow& row) {
  Encoder out;
  out.map(std::size_t{!row.country.empty()} + !row.continent.empty() + row.location.has_value() + (row.asn != 0) +
          !row.organization.empty() + !row.city.empty() + !row.region.empty());
  if (!row.country.empty()) out.text("country").map(1).text("iso_code").text(row.country.text());
  if (!row.continent.empty()) out.text("continent").map(1).text("code").text(row.continent.text());
  if (row.location) {
    out.text("location").map(2);
    out.text("latitude").number(row.location->latitude).text("longitude").number(row.location->longitude);
  }
  if (row.asn != 0) out.text("autonomous_system_number").number(Type::kUint32, row.asn);
  if (!row.organization.empty()) out.text("autonomous_system_organization").text(row.organization);
  if (!row.city.empty()) out.text("city").map(1).text("names").map(1).text("en").text(row.city);
  if (!row.region.empty()) out.text("region").text(row.region);
  return out.take();
}

/// A binary tree while it grows. A child is a node, a record (kRecord set) or nothing.
class Tree {
 public:
  static constexpr std::uint32_t kNothing = 0xffff'ffff;
  static constexpr std::uint32_t kRecord = 0x8000'0000;
  using Node = std::array<std::uint32_t, 2>;

  /// Sets what is at a prefix below `root`, and hands what was above it down to its neighbours. Longer prefixes come
  /// after shorter ones. Bits are the first of `bytes`.
  void set(std::uint32_t& root, const std::array<std::uint8_t, 16>& bytes, int prefix_bits, std::uint32_t value) {
    std::uint32_t at = root;
    if (prefix_bits == 0) {
      root = value;
      return;
    }
    if (!is_node(at)) root = at = grown(at);
    for (int depth = 0; depth + 1 < prefix_bits; ++depth) {
      std::uint32_t next = nodes_[at][bit(bytes, depth)];
      if (!is_node(next)) {
        next = grown(next);
        nodes_[at][bit(bytes, depth)] = next;
      }
      at = next;
    }
    nodes_[at][bit(bytes, prefix_bits - 1)] = value;
  }

  /// What is at a prefix, or above it.
  std::uint32_t at(std::uint32_t root, const std::array<std::uint8_t, 16>& bytes, int prefix_bits) const {
    for (int depth = 0; depth < prefix_bits && is_node(root); ++depth) root = nodes_[root][bit(bytes, depth)];
    return root;
  }

  static bool is_node(std::uint32_t child) { return child < kRecord; }
  const std::vector<Node>& nodes() const { return nodes_; }

  std::uint32_t grown(std::uint32_t child) {
    nodes_.push_back({child, child});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

 private:
  static std::size_t bit(const std::array<std::uint8_t, 16>& bytes, int depth) {
    return bytes[static_cast<std::size_t>(depth / 8)] >> (7 - depth % 8) & 1;
  }
  std::vector<Node> nodes_;
};

using Bytes = std::array<std::uint8_t, 16>;

/// The address with its first bit first.
Bytes leading_bytes(const base::IpAddress& address) {
  Bytes out = address.bytes();
  if (address.is_v4()) std::rotate(out.begin(), out.begin() + 12, out.end());
  return out;
}

/// Other prefixes that hold IPv4 addresses right behind them.
struct Alias {
  Bytes bytes;
  int prefix_bits;
  bool is_ipv4;  // is nothing else, whatever a network around it says
};
constexpr Alias kAliases[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, true},  // IPv4-mapped
    {{0x20, 0x01}, 32, false},                               // Teredo
    {{0x20, 0x02}, 16, false},                               // 6to4
};

void append_record(std::string& out, int bits, const std::array<std::uint64_t, 2>& children) {
  const auto append = [&out](std::uint64_t value, int bytes) {
    for (int i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xff);
  };
  if (bits != 28) {
    for (std::uint64_t child : children) append(child, bits / 8);
    return;
  }
  append(children[0] & 0xff'ffff, 3);
  out += static_cast<char>((children[0] >> 24 & 0xf) << 4 | (children[1] >> 24 & 0xf));
  append(children[1] & 0xff'ffff, 3);
}

std::string metadata_of(const MmdbOptions& options, const WrittenMmdb& written) {
  Encoder out;
  out.map(9);
  out.text("node_count").number(Type::kUint32, written.nodes);
  out.text("record_size").number(Type::kUint16, static_cast<std::uint64_t>(written.record_bits));
  out.text("ip_version").number(Type::kUint16, 6);
  out.text("database_type").text(options.type);
  out.text("languages").array(1).text("en");
  out.text("binary_format_major_version").number(Type::kUint16, 2);
  out.text("binary_format_minor_version").number(Type::kUint16, 0);
  out.text("build_epoch").number(Type::kUint64, options.built_seconds);
  out.text("description").map(1).text("en").text(options.description);
  return "\xab\xcd\xefMaxMind.com" + out.take();
}

/// Both families in one tree, whose root is the first node.
Tree tree_of(const std::vector<NetworkRow>& rows, const std::vector<std::uint32_t>& records) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&rows](std::size_t row) { return std::pair(rows[row].network.prefix_bits, row); });
  Tree tree;
  std::uint32_t v6 = tree.grown(Tree::kNothing);
  std::uint32_t v4 = Tree::kNothing;
  // A network of IPv6 above ::/96 is set there as elsewhere; IPv4 has its own tree, which then takes that place.
  for (const std::size_t row : order) {
    const base::IpNetwork& network = rows[row].network;
    const std::uint32_t value = Tree::kRecord | records[row];
    if (!network.address.is_v4() && network.prefix_bits == 0) {
      tree.set(v6, Bytes{}, 1, value);
      tree.set(v6, Bytes{0x80}, 1, value);
    } else {
      tree.set(network.address.is_v4() ? v4 : v6, leading_bytes(network.address), network.prefix_bits, value);
    }
  }
  if (v4 != Tree::kNothing || tree.at(v6, Bytes{}, 96) != Tree::kNothing) tree.set(v6, Bytes{}, 96, v4);
  for (const Alias& alias : kAliases) {
    const std::uint32_t here = tree.at(v6, alias.bytes, alias.prefix_bits);
    const bool is_free = here == Tree::kNothing || (alias.is_ipv4 && !Tree::is_node(here));
    if (is_free && here != v4) {
      tree.set(v6, alias.bytes, alias.prefix_bits, v4);
    }
  }
  return tree;
}

}  // namespace

base::Result<WrittenMmdb> write_mmdb(const std::vector<NetworkRow>& rows, const MmdbOptions& options) {
  constexpr std::size_t kSeparatorBytes = 16;
  std::string data;
  std::unordered_map<std::string, std::uint32_t> known;
  std::vector<std::uint32_t> offsets;
  std::vector<std::uint32_t> records;
  records.reserve(rows.size());
  for (const NetworkRow& row : rows) {
    std::string record = record_of(row);
    const auto [at, is_new] = known.try_emplace(std::move(record), static_cast<std::uint32_t>(offsets.size()));
    if (is_new) {
      offsets.push_back(static_cast<std::uint32_t>(data.size()));
      data += at->first;
    }
    records.push_back(at->second);
  }
  const Tree tree = tree_of(rows, records);
  const std::size_t nodes = tree.nodes().size();
  const std::uint64_t most = nodes + kSeparatorBytes + data.size();
  if (most > std::numeric_limits<std::uint32_t>::max() || nodes >= Tree::kRecord) {
    return base::Error{base::ErrorKind::kTooLarge, base::Fault::kUser,
                       "the networks need more than a MaxMind DB can hold, 4 GiB of data"};
  }
  WrittenMmdb out;
  out.nodes = static_cast<std::uint32_t>(nodes);
  out.records = static_cast<std::uint32_t>(offsets.size());
  out.record_bits = most < (1u << 24) ? 24 : most < (1u << 28) ? 28 : 32;
  out.bytes.reserve(nodes * static_cast<std::size_t>(out.record_bits) / 4 + data.size() + 1024);
  const auto value_of = [&](std::uint32_t child) -> std::uint64_t {
    if (child == Tree::kNothing) return nodes;
    if (Tree::is_node(child)) return child;
    return nodes + kSeparatorBytes + offsets[child & ~Tree::kRecord];
  };
  for (const Tree::Node& node : tree.nodes()) {
    append_record(out.bytes, out.record_bits, {value_of(node[0]), value_of(node[1])});
  }
  out.bytes.append(kSeparatorBytes, '\0');
  out.bytes += data;
  out.bytes += metadata_of(options, out);
  return out;
}

}  // namespace headgate::geoip::write
