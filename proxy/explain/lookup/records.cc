#include "proxy/explain/lookup/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ip_address.h"
#include "wire/dns/bytes.h"
#include "wire/dns/name.h"
#include "wire/dns/numbers.h"
#include "wire/dns/query.h"

namespace headgate::proxy::explain::lookup {
namespace {

using wire::dns::Reader;
using wire::dns::Type;

constexpr std::uint8_t kPointer = 0xc0;
constexpr int kPointersMax = 128;  // a name has no more labels

std::uint32_t u32(Reader& reader) {
  const std::uint32_t high = reader.u16();
  return high << 16 | reader.u16();
}

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
}

/// A name at `at`, which moves behind it, in full: names of a message may end in a piece of an earlier one.
std::string take_name(std::string_view message, std::size_t& at) {
  std::string wire;
  std::size_t reading = at;
  bool has_jumped = false;
  for (int step = 0; step < kPointersMax; ++step) {
    const std::uint8_t length = byte_at(message, reading);
    if ((length & kPointer) == kPointer) {
      if (!has_jumped) at = reading + 2;
      has_jumped = true;
      reading = static_cast<std::size_t>(length & ~kPointer) << 8 | byte_at(message, reading + 1);
      continue;
    }
    wire += message.substr(std::min(reading, message.size()), std::size_t{1} + length);
    reading += std::size_t{1} + length;
    if (length == 0) break;
  }
  if (!has_jumped) at = reading;
  return wire::dns::name_text(wire) == "." ? "." : wire::dns::name_text(wire) + ".";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c >= ' ' && c < 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    }
  }
  return out + '"';
}

std::string strings_text(std::string_view data) {
  std::string out;
  Reader reader(data);
  while (!reader.is_at_end()) {
    out += (out.empty() ? "" : " ") + quoted(reader.take(reader.u8()));
  }
  return out;
}

std::string generic_text(std::string_view data) {
  std::string out = fmt::format("\\# {} ", data.size());
  for (const char c : data) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string soa_text(std::string_view message, std::size_t at) {
  const std::string primary = take_name(message, at);
  const std::string admin = take_name(message, at);
  Reader numbers(message.substr(std::min(at, message.size())));
  std::string out = primary + " " + admin;
  for (int i = 0; i < 5; ++i) out += fmt::format(" {}", u32(numbers));
  return out;
}

std::string caa_text(std::string_view data) {
  Reader reader(data);
  const unsigned flags = reader.u8();
  const std::string_view tag = reader.take(reader.u8());
  return fmt::format("{} {} {}", flags, tag, quoted(reader.rest()));
}

std::string data_text(std::string_view message, std::size_t at, std::size_t bytes, Type type) {
  const std::string_view data = message.substr(at, bytes);
  Reader reader(data);
  switch (type) {
    case Type::kA:
      return base::IpAddress::v4(u32(reader)).text();
    case Type::kAaaa: {
      std::array<std::uint8_t, 16> address{};
      std::copy_n(data.begin(), std::min(data.size(), address.size()), address.begin());
      return base::IpAddress::v6(address).text();
    }
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
      return take_name(message, at);
    case Type::kMx:
      at += 2;
      return fmt::format("{} {}", reader.u16(), take_name(message, at));
    case Type::kSrv: {
      const unsigned priority = reader.u16();
      const unsigned weight = reader.u16();
      const unsigned port = reader.u16();
      at += 6;
      return fmt::format("{} {} {} {}", priority, weight, port, take_name(message, at));
    }
    case Type::kTxt:
    case Type::kHinfo:
      return strings_text(data);
    case Type::kSoa:
      return soa_text(message, at);
    case Type::kCaa:
      return caa_text(data);
    default:
      return generic_text(data);
  }
}

}  // namespace

std::vector<RecordPart> records_of(std::string_view message) {
  std::vector<RecordPart> out;
  Reader head(message);
  head.take(4);
  const unsigned questions = head.u16();
  const std::array<unsigned, 3> counts = {head.u16(), head.u16(), head.u16()};
  constexpr std::array<const char*, 3> kSections = {"answer", "authority", "additional"};
  std::size_t at = wire::dns::kHeaderBytes;
  for (unsigned i = 0; i < questions; ++i) {
    take_name(message, at);
    at += 4;
  }
  for (std::size_t section = 0; section < counts.size(); ++section) {
    for (unsigned i = 0; i < counts[section] && at < message.size(); ++i) {
      RecordPart record;
      record.section = kSections[section];
      record.name = take_name(message, at);
      Reader reader(message.substr(std::min(at, message.size())));
      const auto type = static_cast<Type>(reader.u16());
      reader.u16();
      record.ttl_seconds = u32(reader);
      const std::size_t bytes = reader.u16();
      at += 10;
      record.type = wire::dns::type_text(type);
      if (at + bytes > message.size()) break;
      record.text = data_text(message, at, bytes, type);
      at += bytes;
      if (type != Type::kOpt) out.push_back(std::move(record));
    }
  }
  return out;
}

}  // namespace headgate::proxy::explain::lookup
