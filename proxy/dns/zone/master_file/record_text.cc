#include "proxy/dns/zone/master_file/record_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "proxy/dns/zone/records.h"
#include "wire/dns/bytes.h"

namespace headgate::proxy::dns::zone::master_file {
namespace {

using wire::dns::Name;
using wire::dns::Reader;
using wire::dns::Type;

constexpr std::uint32_t kU8Max = 0xff;
constexpr std::uint32_t kU16Max = 0xffff;
constexpr std::size_t kTextBytesMax = 4096;

/// Names of types that stand in zone files elsewhere and are written generically here (IANA's registry).
constexpr std::pair<std::string_view, std::uint16_t> kGenericTypes[] = {
    {"HINFO", 13}, {"RP", 17},      {"LOC", 29},        {"NAPTR", 35}, {"SSHFP", 44}, {"TLSA", 52}, {"SMIMEA", 53},
    {"CDS", 59},   {"CDNSKEY", 60}, {"OPENPGPKEY", 61}, {"SVCB", 64},  {"HTTPS", 65}, {"SPF", 99},  {"URI", 256},
};
/// What a zone that is signed has of it (RFC 4034, 5155).
constexpr std::uint16_t kMadeBySigning[] = {46, 47, 48, 50, 51};
constexpr std::string_view kMadeBySigningNames[] = {"RRSIG", "NSEC", "DNSKEY", "NSEC3", "NSEC3PARAM"};
constexpr std::uint16_t kDname = 39;
/// OPT, and what is for questions alone (RFC 6895 section 3.1).
bool is_for_messages(std::uint16_t type) {
  return type == 0 || type == 41 || (type >= 128 && type <= 255);
}

bool is_written_here(Type type) {
  switch (type) {
    case Type::kA:
    case Type::kAaaa:
    case Type::kNs:
    case Type::kSoa:
    case Type::kTxt:
    case Type::kCname:
    case Type::kCaa:
    case Type::kSrv:
    case Type::kMx:
    case Type::kPtr:
    case Type::kDs:
      return true;
    default:
      return false;
  }
}

std::string unknown_type(std::string_view word) {
  for (const auto& [name, number] : kGenericTypes) {
    if (!base::equals_ignoring_case(name, word)) continue;
    return fmt::format(
        "{} records are written generically here: TYPE{} \\# and the data's length and hexadecimal "
        "digits (RFC 3597 section 5)",
        name, number);
  }
  return fmt::format(
      "'{}' is no type of records; known are A, AAAA, NS, SOA, TXT, CNAME, CAA, SRV, MX, PTR and DS, "
      "and any as TYPE52 \\# LENGTH HEX",
      word);
}

std::string address(Words& words, bool is_v4) {
  const Spot spot = words.spot();
  const std::string_view what = is_v4 ? "an IPv4 address" : "an IPv6 address";
  const std::string_view text = words.text(what);
  const std::optional<base::IpAddress> read = base::IpAddress::parse(text);
  if (read && read->is_v4() == is_v4) return address_data(*read);
  words.fail(spot, fmt::format("expected {} such as {}, found '{}'", what, is_v4 ? "192.0.2.1" : "2001:db8::1", text));
  return {};
}

std::string texts(Words& words) {
  std::string out;
  const Spot begin = words.spot();
  do {
    const std::string one = words.string("a text");
    if (words.problem()) return {};
    out += static_cast<char>(one.size());
    out += one;
    if (out.size() > kTextBytesMax) {
      words.fail(begin, fmt::format("the texts of a record are over {} bytes", kTextBytesMax));
    }
  } while (!words.is_at_end() && !words.problem());
  return out;
}

std::string caa(Words& words) {
  const std::uint32_t flags = words.number("flags", kU8Max);
  const Spot spot = words.spot();
  const std::string_view tag = words.text("a tag, such as issue");
  // Its value may be longer than other strings (RFC 8659 section 4.1).
  const std::string value = words.string("the tag's value");
  if (words.problem()) return {};
  const base::Result<std::string> data = caa_data(false, tag, value);
  if (!data) {
    words.fail(spot, data.error().message);
    return {};
  }
  std::string out = *data;
  out[0] = static_cast<char>(flags);
  return out;
}

std::string ds(Words& words) {
  std::string out;
  const std::uint32_t tag = words.number("the key's tag", kU16Max);
  out += static_cast<char>(tag >> 8);
  out += static_cast<char>(tag);
  out += static_cast<char>(words.number("the key's algorithm", kU8Max));
  out += static_cast<char>(words.number("the digest's type", kU8Max));
  const Spot spot = words.spot();
  const std::string digest = words.hex("the digest");
  if (digest.empty()) words.fail(spot, "the record ends where the digest should stand");
  return out + digest;
}

/// Whether data that came as bytes are what answers may hold of that type: names whole and not compressed.
bool are_sound(Type type, std::string_view data) {
  Reader reader(data);
  const auto take_name = [&reader] { return !reader.take(wire::dns::name_bytes(reader.rest())).empty(); };
  switch (type) {
    case Type::kA:
      return data.size() == 4;
    case Type::kAaaa:
      return data.size() == 16;
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
      return take_name() && reader.is_at_end();
    case Type::kMx:
      reader.u16();
      return take_name() && reader.is_at_end();
    case Type::kSrv:
      reader.take(6);
      return take_name() && reader.is_at_end();
    case Type::kTxt:
      do {
        reader.take(reader.u8());
      } while (!reader.is_at_end());
      return !reader.is_short();
    case Type::kCaa: {
      reader.u8();
      const std::size_t tag = reader.u8();
      return tag != 0 && !reader.take(tag).empty();
    }
    case Type::kDs:
      return data.size() > 4;
    default:
      return true;
  }
}

/// In lower case where the data are a name: looked up, it is one of ours.
std::string settled(Type type, std::string data) {
  const bool is_name = type == Type::kNs || type == Type::kCname || type == Type::kPtr;
  return is_name ? std::string(Name::take(data)->wire()) : data;
}

std::string generic(Words& words, Type type) {
  const Spot begin = words.spot();
  words.skip();
  const std::uint32_t length = words.number("the data's length", kU16Max);
  std::string data = words.hex("the data");
  if (words.problem()) return {};
  if (data.size() != length) {
    words.fail(begin, fmt::format("the data are {} {}, and the length says {}", data.size(),
                                  data.size() == 1 ? "byte" : "bytes", length));
  } else if (type == Type::kSoa || !are_sound(type, data)) {
    words.fail(begin, fmt::format("these are no data of an {} record; they can be written as the type has it",
                                  wire::dns::type_text(type)));
  } else {
    return settled(type, std::move(data));
  }
  return {};
}

std::string data_as_written(Words& words, Type type) {
  switch (type) {
    case Type::kA:
      return address(words, true);
    case Type::kAaaa:
      return address(words, false);
    case Type::kNs:
      return std::string(words.name("the name of a server").wire());
    case Type::kCname:
    case Type::kPtr:
      return std::string(words.name("a name").wire());
    case Type::kMx: {
      const auto preference = static_cast<std::uint16_t>(words.number("a preference", kU16Max));
      return mx_data(preference, words.name("the name of a host"));
    }
    case Type::kSrv: {
      const auto priority = static_cast<std::uint16_t>(words.number("a priority", kU16Max));
      const auto weight = static_cast<std::uint16_t>(words.number("a weight", kU16Max));
      const auto port = static_cast<std::uint16_t>(words.number("a port", kU16Max));
      return srv_data(priority, weight, port, words.name("the name of a host"));
    }
    case Type::kTxt:
      return texts(words);
    case Type::kCaa:
      return caa(words);
    case Type::kDs:
      return ds(words);
    default:
      words.fail(words.spot(), fmt::format("data of {} are written generically: \\# LENGTH HEX (RFC 3597 section 5)",
                                           wire::dns::type_text(type)));
      return {};
  }
}

}  // namespace

std::optional<Type> record_type(const Token& word, std::optional<Problem>& problem) {
  const auto refuse = [&](std::string why) {
    problem = Problem{word.spot, std::move(why)};
    return std::nullopt;
  };
  if (std::ranges::any_of(kMadeBySigningNames,
                          [&](std::string_view name) { return base::equals_ignoring_case(name, word.text); })) {
    return refuse(
        fmt::format("{} records are made as answers are signed: leave them out, and give the zone "
                    "dnssec.key",
                    word.text));
  }
  if (base::equals_ignoring_case(word.text, "DNAME")) {
    return refuse("DNAME records are not answered by; a wildcard CNAME may do");
  }
  const std::optional<Type> type = wire::dns::type_of(word.text);
  const bool is_generic = word.text.size() > 4 && base::equals_ignoring_case(word.text.substr(0, 4), "TYPE");
  if (!type || (!is_generic && !is_written_here(*type))) return refuse(unknown_type(word.text));
  const auto number = static_cast<std::uint16_t>(*type);
  if (is_for_messages(number)) return refuse(fmt::format("{} is no type of records in a zone", word.text));
  if (number == kDname || std::ranges::find(kMadeBySigning, number) != std::end(kMadeBySigning)) {
    return refuse(fmt::format("records of {} are not answered by from a file", word.text));
  }
  return type;
}

std::string read_data(Words& words, Type type) {
  const Token* const first = words.peek();
  const bool is_generic = first != nullptr && !first->is_quoted && first->text == "\\#";
  std::string data = is_generic ? generic(words, type) : data_as_written(words, type);
  words.end();
  return data;
}

Start read_start(Words& words) {
  Start out;
  out.primary = words.name("the name of the server where the zone is changed");
  out.admin = words.name("a mail address, its '@' a dot");
  out.serial = words.number("a serial", 0xffff'ffff);
  out.refresh_seconds = words.ttl("a refresh time");
  out.retry_seconds = words.ttl("a retry time");
  out.expire_seconds = words.ttl("an expiry time");
  out.negative_ttl_seconds = words.ttl("a negative TTL");
  words.end();
  return out;
}

}  // namespace headgate::proxy::dns::zone::master_file
