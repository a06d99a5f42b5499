#include "wire/dns/dnssec/records.h"

#include <algorithm>

#include "wire/dns/bytes.h"
#include "wire/dns/name.h"

namespace headgate::wire::dns::dnssec {
namespace {

constexpr std::string_view kWildcard("\1*", 2);

std::size_t first_bytes(std::string_view name) {
  return 1 + static_cast<std::size_t>(name[0]);
}

/// Where the labels of a name begin, the root's left out.
struct Labels {
  std::array<std::uint8_t, kNameBytesMax / 2 + 1> at;
  std::size_t count = 0;
};
Labels labels_of(std::string_view name) {
  Labels out;
  for (std::size_t at = 0; name[at] != '\0'; at += first_bytes(name.substr(at))) {
    out.at[out.count++] = static_cast<std::uint8_t>(at);
  }
  return out;
}

std::string_view label_at(std::string_view name, std::size_t at) {
  return name.substr(at + 1, static_cast<std::size_t>(name[at]));
}

/// The next byte in canonical order: letters are in lower case.
char next_byte(char byte) {
  const char next = static_cast<char>(static_cast<unsigned char>(byte) + 1);
  return next == 'A' ? '[' : next;
}

}  // namespace

std::string dnskey_data(std::uint16_t flags, std::uint8_t algorithm, std::string_view public_key) {
  constexpr char kProtocol = 3;  // RFC 4034 section 2.1.2: always
  std::string out;
  append_u16(flags, out);
  out += kProtocol;
  out += static_cast<char>(algorithm);
  return out.append(public_key);
}

std::uint16_t key_tag(std::string_view dnskey) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < dnskey.size(); ++i) {
    const auto byte = static_cast<std::uint32_t>(static_cast<unsigned char>(dnskey[i]));
    sum += (i & 1) != 0 ? byte : byte << 8;
  }
  return static_cast<std::uint16_t>(sum + (sum >> 16));
}

std::string ds_data(std::uint16_t key_tag, std::uint8_t algorithm, std::uint8_t digest_type, std::string_view digest) {
  std::string out;
  append_u16(key_tag, out);
  out += static_cast<char>(algorithm);
  out += static_cast<char>(digest_type);
  return out.append(digest);
}

void append_signature_head(const SignatureHead& head, std::string& out) {
  append_u16(static_cast<std::uint16_t>(head.covered), out);
  out += static_cast<char>(head.algorithm);
  out += static_cast<char>(head.labels);
  append_u32(head.ttl_seconds, out);
  append_u32(head.expires, out);
  append_u32(head.begins, out);
  append_u16(head.key_tag, out);
  out.append(head.signer);
}

std::uint8_t signed_labels(std::string_view owner) {
  std::uint8_t count = 0;
  if (owner.starts_with(kWildcard)) owner.remove_prefix(kWildcard.size());
  for (; owner[0] != '\0'; owner.remove_prefix(first_bytes(owner))) ++count;
  return count;
}

void put_in_order(std::vector<std::string_view>& data) {
  std::sort(data.begin(), data.end());  // char_traits compares bytes without a sign, as is wanted
  data.erase(std::unique(data.begin(), data.end()), data.end());
}

void append_signed_records(std::string_view owner, Type type, std::uint32_t ttl_seconds,
                           std::span<const std::string_view> data, std::string& out) {
  for (const std::string_view each : data) {
    out.append(owner);
    append_u16(static_cast<std::uint16_t>(type), out);
    append_u16(static_cast<std::uint16_t>(Class::kIn), out);
    append_u32(ttl_seconds, out);
    append_u16(static_cast<std::uint16_t>(each.size()), out);
    out.append(each);
  }
}

void TypeBitmap::add(Type type) {
  const std::size_t number = static_cast<std::uint16_t>(type);
  const std::size_t window = number / kWindowTypes;
  if (window >= low_.size()) {
    rest_.push_back(type);
    return;
  }
  low_[window][number % kWindowTypes / 8] |= static_cast<std::uint8_t>(0x80 >> number % 8);
}

bool TypeBitmap::has(Type type) const {
  const std::size_t number = static_cast<std::uint16_t>(type);
  const std::size_t window = number / kWindowTypes;
  if (window >= low_.size()) return std::find(rest_.begin(), rest_.end(), type) != rest_.end();
  return (low_[window][number % kWindowTypes / 8] & (0x80 >> number % 8)) != 0;
}

void TypeBitmap::append_window(std::size_t number, const Window& window, std::string& out) {
  std::size_t bytes = kWindowBytes;
  while (bytes > 0 && window[bytes - 1] == 0) --bytes;
  if (bytes == 0) return;
  out += static_cast<char>(number);
  out += static_cast<char>(bytes);
  out.append(reinterpret_cast<const char*>(window.data()), bytes);
}

void TypeBitmap::append_to(std::string& out) const {
  for (std::size_t i = 0; i < low_.size(); ++i) append_window(i, low_[i], out);
  std::vector<Type> rest = rest_;
  std::sort(rest.begin(), rest.end());
  for (auto at = rest.begin(); at != rest.end();) {
    const std::size_t number = static_cast<std::uint16_t>(*at) / kWindowTypes;
    Window window{};
    for (; at != rest.end() && static_cast<std::uint16_t>(*at) / kWindowTypes == number; ++at) {
      const std::size_t bit = static_cast<std::uint16_t>(*at) % kWindowTypes;
      window[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    }
    append_window(number, window, out);
  }
}

bool comes_before(std::string_view name, std::string_view other) {
  const Labels mine = labels_of(name);
  const Labels others = labels_of(other);
  const std::size_t common = std::min(mine.count, others.count);
  for (std::size_t i = 1; i <= common; ++i) {
    const int order = label_at(name, mine.at[mine.count - i]).compare(label_at(other, others.at[others.count - i]));
    if (order != 0) return order < 0;
  }
  return mine.count < others.count;
}

void append_successor(std::string_view name, std::string_view zone, bool skips_below, std::string& out) {
  constexpr std::string_view kFirstLabel("\1\0", 2);
  if (!skips_below && name.size() + kFirstLabel.size() <= kNameBytesMax) {
    out.append(kFirstLabel).append(name);
    return;
  }
  for (; name.size() > zone.size(); name.remove_prefix(first_bytes(name))) {
    std::string_view label = label_at(name, 0);
    const std::string_view above = name.substr(first_bytes(name));
    if (label.size() < kLabelBytesMax && name.size() < kNameBytesMax) {
      out += static_cast<char>(label.size() + 1);
      out.append(label).push_back('\0');
      out.append(above);
      return;
    }
    while (label.ends_with('\xff')) label.remove_suffix(1);
    if (label.empty()) continue;
    out += static_cast<char>(label.size());
    out.append(label);
    out.back() = next_byte(out.back());
    out.append(above);
    return;
  }
  out.append(zone);
}

}  // namespace headgate::wire::dns::dnssec
