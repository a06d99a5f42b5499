#include "wire/proxy_protocol/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/ascii.h"
#include "wire/proxy_protocol/crc32c.h"

namespace headgate::wire::proxy_protocol {
namespace {

using base::Endpoint;
using base::IpAddress;

// ---- version 1: a line of text (section 2.1) ----

constexpr std::string_view kLineStart = "PROXY ";

/// The next word of a line, without the one space that must follow it; nothing if the space is missing.
std::optional<std::string_view> take_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space + 1);
  return word;
}

std::optional<IpAddress> parse_address(std::string_view text, bool is_v6) {
  if (is_v6 != (text.find(':') != std::string_view::npos)) return std::nullopt;
  return IpAddress::parse(text);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return base::parse_decimal<std::uint16_t>(text);
}

/// `line` is what stands between "PROXY " and CRLF.
bool parse_line(std::string_view line, Header& header) {
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) {
    header.local = true;
    return true;
  }
  const bool is_v6 = line.starts_with("TCP6 ");
  if (!is_v6 && !line.starts_with("TCP4 ")) return false;
  line.remove_prefix(5);
  const std::optional<std::string_view> source = take_word(line);
  const std::optional<std::string_view> destination = take_word(line);
  const std::optional<std::string_view> source_port = take_word(line);
  if (!source || !destination || !source_port) return false;
  const std::optional<IpAddress> from = parse_address(*source, is_v6);
  const std::optional<IpAddress> to = parse_address(*destination, is_v6);
  const std::optional<std::uint16_t> from_port = parse_port(*source_port);
  const std::optional<std::uint16_t> to_port = parse_port(line);
  if (!from || !to || !from_port || !to_port) return false;
  header.source = Endpoint(*from, *from_port);
  header.destination = Endpoint(*to, *to_port);
  return true;
}

ParseState parse_v1(std::string_view buffer, Header& header) {
  const std::size_t there = std::min(buffer.size(), kLineStart.size());
  if (buffer.substr(0, there) != kLineStart.substr(0, there)) return ParseState::kMalformed;
  const std::string_view within = buffer.substr(0, kLineBytesMax);
  const auto is_printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  const auto stop = std::find_if_not(within.begin(), within.end(), is_printable);
  const std::size_t text_bytes = static_cast<std::size_t>(stop - within.begin());
  if (text_bytes + 2 > kLineBytesMax) return ParseState::kMalformed;
  if (text_bytes == within.size()) return ParseState::kNeedMore;
  if (within[text_bytes] != '\r') return ParseState::kMalformed;
  if (text_bytes + 1 == within.size()) return ParseState::kNeedMore;
  if (within[text_bytes + 1] != '\n' || text_bytes < kLineStart.size()) return ParseState::kMalformed;
  header.bytes = text_bytes + 2;
  return parse_line(within.substr(0, text_bytes).substr(kLineStart.size()), header) ? ParseState::kDone
                                                                                    : ParseState::kMalformed;
}

// ---- version 2: a binary block (section 2.2) ----

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedBytes = 16;  // signature, version and command, family, length
constexpr std::size_t kUnixPathBytes = 108;
constexpr std::uint8_t kTlvCrc32c = 0x03;

enum Family : std::uint8_t { kTcp4 = 0x11, kTcp6 = 0x21, kUnixStream = 0x31 };

std::uint8_t byte_at(std::string_view block, std::size_t at) {
  return static_cast<std::uint8_t>(block[at]);
}

std::uint16_t word_at(std::string_view block, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(block, at) << 8 | byte_at(block, at + 1));
}

IpAddress v4_at(std::string_view block, std::size_t at) {
  return IpAddress::v4(static_cast<std::uint32_t>(word_at(block, at)) << 16 | word_at(block, at + 2));
}

IpAddress v6_at(std::string_view block, std::size_t at) {
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), block.data() + at, bytes.size());
  return IpAddress::v6(bytes);
}

/// Nothing for a socket without a name, or with one that an Endpoint does not hold (a relative path).
std::optional<Endpoint> unix_at(std::string_view block, std::size_t at) {
  const std::string_view field = block.substr(at, kUnixPathBytes);
  if (field.front() != '\0') return Endpoint::unix_path(field.substr(0, field.find('\0')));
  const std::string_view abstract = field.substr(1);
  return Endpoint::unix_path("@" + std::string(abstract.substr(0, abstract.find('\0'))));
}

/// Fills the addresses; returns how many bytes of the block they take, or nothing if they do not fit or the family is
/// not of stream sockets.
std::optional<std::size_t> parse_addresses(std::uint8_t family, std::string_view block, Header& header) {
  switch (family) {
    case kTcp4:
      if (block.size() < 12) return std::nullopt;
      header.source = Endpoint(v4_at(block, 0), word_at(block, 8));
      header.destination = Endpoint(v4_at(block, 4), word_at(block, 10));
      return 12;
    case kTcp6:
      if (block.size() < 36) return std::nullopt;
      header.source = Endpoint(v6_at(block, 0), word_at(block, 32));
      header.destination = Endpoint(v6_at(block, 16), word_at(block, 34));
      return 36;
    case kUnixStream: {
      if (block.size() < 2 * kUnixPathBytes) return std::nullopt;
      const std::optional<Endpoint> source = unix_at(block, 0);
      const std::optional<Endpoint> destination = unix_at(block, kUnixPathBytes);
      header.local = !source;
      header.source = source.value_or(Endpoint());
      header.destination = destination.value_or(Endpoint());
      return 2 * kUnixPathBytes;
    }
    default:
      return std::nullopt;
  }
}

/// The sum over the whole header with the sum's own four bytes at `at` taken as zero (section 2.2.3).
bool checksum_holds(std::string_view whole, std::size_t at) {
  Crc32c sum;
  sum.add(whole.substr(0, at));
  sum.add(std::string_view("\0\0\0\0", 4));
  sum.add(whole.substr(at + 4));
  const std::uint32_t stated = static_cast<std::uint32_t>(word_at(whole, at)) << 16 | word_at(whole, at + 2);
  return sum.value() == stated;
}

/// Walks the TLVs from `at` to the end of the header.
bool check_tlvs(std::string_view whole, std::size_t at) {
  bool summed = false;
  while (at != whole.size()) {
    if (whole.size() - at < 3) return false;
    const std::size_t value_bytes = word_at(whole, at + 1);
    const std::size_t value = at + 3;
    if (value_bytes > whole.size() - value) return false;
    if (byte_at(whole, at) == kTlvCrc32c) {
      if (summed || value_bytes != 4 || !checksum_holds(whole, value)) return false;
      summed = true;
    }
    at = value + value_bytes;
  }
  return true;
}

ParseState parse_v2(std::string_view buffer, Header& header) {
  const std::size_t there = std::min(buffer.size(), kSignature.size());
  if (buffer.substr(0, there) != kSignature.substr(0, there)) return ParseState::kMalformed;
  if (buffer.size() > 12 && byte_at(buffer, 12) != 0x20 && byte_at(buffer, 12) != 0x21) return ParseState::kMalformed;
  if (buffer.size() < kFixedBytes) return ParseState::kNeedMore;
  const bool is_local = byte_at(buffer, 12) == 0x20;
  const std::uint8_t family = byte_at(buffer, 13);
  header.bytes = kFixedBytes + word_at(buffer, 14);
  if (header.bytes > kHeaderBytesMax) return ParseState::kMalformed;
  // LOCAL is to be accepted whatever its block says, and an UNSPEC one has no known layout.
  const bool is_unspecified = (family & 0xf0) == 0 || (family & 0x0f) == 0;
  const bool is_stream = family == kTcp4 || family == kTcp6 || family == kUnixStream;
  if (!is_local && !is_unspecified && !is_stream) return ParseState::kMalformed;
  if (buffer.size() < header.bytes) return ParseState::kNeedMore;
  if (is_local || is_unspecified) {
    header.local = true;
    return ParseState::kDone;
  }
  const std::string_view whole = buffer.substr(0, header.bytes);
  const std::optional<std::size_t> address_bytes = parse_addresses(family, whole.substr(kFixedBytes), header);
  if (!address_bytes) return ParseState::kMalformed;
  return check_tlvs(whole, kFixedBytes + *address_bytes) ? ParseState::kDone : ParseState::kMalformed;
}

}  // namespace

ParseState parse(std::string_view buffer, Header& header) {
  if (buffer.empty()) return ParseState::kNeedMore;
  Header parsed;
  const ParseState state = buffer.front() == 'P' ? parse_v1(buffer, parsed) : parse_v2(buffer, parsed);
  if (state == ParseState::kDone) header = parsed;
  return state;
}

}  // namespace headgate::wire::proxy_protocol
