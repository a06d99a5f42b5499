#include "net/dns/answer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"

namespace headgate::net::dns {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kNameBytesMax = 255;  // RFC 1035 section 2.3.4, lengths included
constexpr std::uint16_t kClassIn = 1;

/// Reads a message from front to back; what is missing or wrong leaves it failed, and zeros to be read.
class Cursor {
 public:
  explicit Cursor(std::string_view message) : message_(message) {}

  bool failed() const { return failed_; }
  std::size_t at() const { return at_; }
  void fail() { failed_ = true; }

  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return number(4); }
  std::string_view bytes(std::size_t count) {
    if (failed_ || message_.size() - at_ < count) {
      failed_ = true;
      return {};
    }
    at_ += count;
    return message_.substr(at_ - count, count);
  }
  /// Lower case, without the last dot, what is no letter, digit, '-' or '_' escaped as RFC 1035 section 5.1 has it.
  std::string name();

 private:
  std::uint32_t number(std::size_t count) {
    std::uint32_t out = 0;
    for (const char c : bytes(count)) out = out << 8 | static_cast<std::uint8_t>(c);
    return out;
  }

  std::string_view message_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

void append_label(std::string& out, std::string_view label) {
  if (!out.empty()) out += '.';
  for (const char c : label) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '_') {
      out += base::lowered(std::string_view(&c, 1));
    } else {
      out += {'\\', static_cast<char>('0' + byte / 100), static_cast<char>('0' + byte / 10 % 10),
              static_cast<char>('0' + byte % 10)};
    }
  }
}

std::string Cursor::name() {
  constexpr std::uint8_t kPointer = 0xc0;
  std::string out;
  std::size_t used = 0;
  std::size_t here = at_;
  std::size_t end = 0;  // of what stands here, once a pointer led away; 0: none did
  while (!failed_) {
    if (here >= message_.size()) break;
    const auto length = static_cast<std::uint8_t>(message_[here]);
    if (length == 0) {
      at_ = end != 0 ? end : here + 1;
      return out;
    }
    if ((length & kPointer) == kPointer) {
      if (here + 1 >= message_.size()) break;
      const std::size_t to = (length & ~kPointer) << 8 | static_cast<std::uint8_t>(message_[here + 1]);
      if (to >= here) break;  // only backwards, or it would never end
      if (end == 0) end = here + 2;
      here = to;
      continue;
    }
    if ((length & kPointer) != 0 || message_.size() - here - 1 < length) break;
    used += 1u + length;
    if (used >= kNameBytesMax) break;
    append_label(out, message_.substr(here + 1, length));
    here += 1u + length;
  }
  failed_ = true;
  return {};
}

struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint32_t ttl = 0;
  std::size_t data_at = 0;
  std::size_t data_bytes = 0;
};

base::Error malformed(std::string what) {
  return {base::ErrorKind::kMalformed, base::Fault::kUpstream, "the name server's answer " + std::move(what)};
}

/// What of a record matters: of class IN; the others have no owner.
Record read_record(Cursor& cursor) {
  Record out;
  out.owner = cursor.name();
  out.type = cursor.u16();
  const bool is_in = cursor.u16() == kClassIn;
  const std::uint32_t ttl = cursor.u32();
  out.ttl = ttl > kTtlMax ? 0 : ttl;
  out.data_bytes = cursor.u16();
  out.data_at = cursor.at();
  cursor.bytes(out.data_bytes);
  if (!is_in) out.type = 0;
  return out;
}

bool add_address(std::string_view data, std::vector<base::IpAddress>& out) {
  std::array<std::uint8_t, 16> bytes{};
  if (data.size() != 4 && data.size() != bytes.size()) return false;
  std::copy(data.begin(), data.end(), bytes.begin());
  if (data.size() == 4) {
    out.push_back(
        base::IpAddress::v4(static_cast<std::uint32_t>(bytes[0]) << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]));
  } else {
    out.push_back(base::IpAddress::v6(bytes));
  }
  return true;
}

/// A name in a record's data may point to what stands before, so it is read in the whole message.
Cursor data_of(std::string_view message, const Record& record) {
  Cursor out(message.substr(0, record.data_at + record.data_bytes));
  out.bytes(record.data_at);
  return out;
}

bool add(std::string_view message, const Record& record, RecordType type, Answer& out) {
  const std::string_view data = message.substr(record.data_at, record.data_bytes);
  if (type == RecordType::kA) return data.size() == 4 && add_address(data, out.addresses);
  if (type == RecordType::kAaaa) return data.size() == 16 && add_address(data, out.addresses);
  Cursor cursor = data_of(message, record);
  Service service;
  service.priority = cursor.u16();
  service.weight = cursor.u16();
  service.port = cursor.u16();
  service.target = cursor.name();
  const bool is_whole = !cursor.failed() && cursor.at() == record.data_at + record.data_bytes;
  if (is_whole) out.services.push_back(std::move(service));
  return is_whole;
}

const Record* alias_of(const std::vector<Record>& records, const std::string& name) {
  for (const Record& record : records) {
    if (record.type == static_cast<std::uint16_t>(RecordType::kCname) && record.owner == name) return &record;
  }
  return nullptr;
}

}  // namespace

base::Result<Answer> parse_answer(std::string_view message, RecordType wanted) {
  Cursor cursor(message);
  cursor.bytes(kHeaderBytes - 8);
  const std::uint16_t questions = cursor.u16();
  const std::uint16_t answers = cursor.u16();
  cursor.bytes(4);
  if (questions != 1) return malformed("repeats no question");
  std::string name = cursor.name();
  cursor.bytes(4);
  std::vector<Record> records;
  for (std::uint32_t i = 0; i < answers && !cursor.failed(); ++i) records.push_back(read_record(cursor));
  if (cursor.failed()) return malformed("is cut short or has a bad name");

  std::uint32_t ttl = kTtlMax;
  int aliases = 0;
  while (const Record* const alias = alias_of(records, name)) {
    if (++aliases > kAliasesMax) return malformed("goes through too many aliases");
    Cursor data = data_of(message, *alias);
    name = data.name();
    if (data.failed()) return malformed("has a bad alias");
    ttl = std::min(ttl, alias->ttl);
  }
  Answer out;
  for (const Record& record : records) {
    if (record.type != static_cast<std::uint16_t>(wanted) || record.owner != name) continue;
    if (!add(message, record, wanted, out)) return malformed("has a record of the wrong length");
    ttl = std::min(ttl, record.ttl);
  }
  out.ttl = std::chrono::seconds(ttl);
  return out;
}

}  // namespace headgate::net::dns
