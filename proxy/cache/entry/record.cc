#include "proxy/cache/entry/record.h"

#include <cstring>

#include <fmt/format.h>
#include <xxhash.h>

#include "wire/http/status.h"

namespace headgate::proxy::cache::entry {
namespace {

constexpr std::uint32_t kMagic = 0x31656768;  // "hge1"
constexpr std::string_view kVersion = "HTTP/1.1 ";

std::string_view reason_of(const Parts& parts) {
  return parts.reason.empty() ? wire::http::reason_phrase(parts.status) : parts.reason;
}

char* put(char* out, std::string_view text) {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

std::size_t aligned(std::size_t bytes) {
  return (bytes + Record::kAlignment - 1) & ~(Record::kAlignment - 1);
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

base::Error malformed(const char* what) {
  return {base::ErrorKind::kMalformed, base::Fault::kHeadgate, fmt::format("a stored entry does not hold: {}", what)};
}

}  // namespace

// Then, without gaps: tags, places of fields, key, path, head.
struct Record::Header {
  std::uint64_t checksum;  // of all that follows it; 0 in memory
  std::uint32_t magic;
  std::uint32_t bytes;  // of the whole record
  key::Hash key_hash;
  std::uint64_t url;
  std::uint64_t host;
  std::uint64_t sequence;
  std::uint64_t body_bytes;
  rules::Meta meta;
  std::uint32_t key_bytes;
  std::uint32_t path_bytes;
  std::uint32_t head_bytes;
  std::uint16_t status;
  std::uint16_t tags;
  std::uint16_t fields;
  std::uint16_t zero[3];
};

struct Record::FieldPlace {
  std::uint32_t at;  // in the head
  std::uint32_t value_bytes;
  std::uint16_t name_bytes;
  wire::http::FieldId id;
  std::uint8_t zero;
};

std::optional<std::size_t> Record::bytes_of(const Parts& parts) {
  std::size_t head = kVersion.size() + 3 + 1 + reason_of(parts).size() + 2;
  for (const wire::http::Field& field : *parts.fields) {
    if (field.name.size() > 0xffff) return std::nullopt;
    head += field.name.size() + 2 + field.value.size() + 2;
  }
  if (head > kHeadBytesMax || parts.fields->size() > kFieldsMax || parts.subjects.tags.size() > kTagsMax ||
      parts.key.size() > kKeyBytesMax || parts.subjects.path.size() > kKeyBytesMax || parts.status < 100 ||
      parts.status > 999) {
    return std::nullopt;
  }
  return aligned(sizeof(Header) + parts.subjects.tags.size() * sizeof(std::uint64_t) +
                 parts.fields->size() * sizeof(FieldPlace) + parts.key.size() + parts.subjects.path.size() + head);
}

Record Record::write(const Parts& parts, key::Hash hash, char* out) {
  const std::size_t bytes = *bytes_of(parts);
  std::memset(out, 0, sizeof(Header));
  std::memset(out + bytes - kAlignment, 0, kAlignment);
  auto& header = *reinterpret_cast<Header*>(out);
  header.magic = kMagic;
  header.bytes = static_cast<std::uint32_t>(bytes);
  header.key_hash = hash;
  header.url = parts.subjects.url;
  header.host = parts.subjects.host;
  header.sequence = parts.sequence;
  header.body_bytes = kUnknown;
  header.meta = parts.meta;
  header.key_bytes = static_cast<std::uint32_t>(parts.key.size());
  header.path_bytes = static_cast<std::uint32_t>(parts.subjects.path.size());
  header.status = parts.status;
  header.tags = static_cast<std::uint16_t>(parts.subjects.tags.size());
  header.fields = static_cast<std::uint16_t>(parts.fields->size());
  char* next = out + sizeof(Header);
  if (header.tags != 0) std::memcpy(next, parts.subjects.tags.data(), parts.subjects.tags.size_bytes());
  next += parts.subjects.tags.size_bytes();
  char* place = next;
  next = put(put(next + header.fields * sizeof(FieldPlace), parts.key), parts.subjects.path);
  char* head = next;
  const char digits[] = {static_cast<char>('0' + parts.status / 100), static_cast<char>('0' + parts.status / 10 % 10),
                         static_cast<char>('0' + parts.status % 10), ' '};
  next = put(put(put(put(next, kVersion), {digits, 4}), reason_of(parts)), "\r\n");
  for (const wire::http::Field& field : *parts.fields) {
    const FieldPlace here{static_cast<std::uint32_t>(next - head), static_cast<std::uint32_t>(field.value.size()),
                          static_cast<std::uint16_t>(field.name.size()), field.id, 0};
    std::memcpy(place, &here, sizeof here);
    place += sizeof here;
    next = put(put(put(put(next, field.name), ": "), field.value), "\r\n");
  }
  header.head_bytes = static_cast<std::uint32_t>(next - head);
  return Record(out);
}

base::Result<Record> Record::parse(std::string_view bytes) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlignment != 0) return malformed("where it lies");
  if (bytes.size() < sizeof(Header)) return malformed("it is too short");
  const Record record(bytes.data());
  const base::Result<void> checked = record.check(bytes.size());
  if (!checked) return checked.error();
  return record;
}

base::Result<void> Record::check(std::size_t available) const {
  const Header& h = header();
  if (h.magic != kMagic) return malformed("it is none, or another version's");
  if (h.bytes > available || h.bytes < sizeof(Header) || h.bytes % kAlignment != 0) return malformed("its length");
  if (h.checksum != XXH3_64bits(at_ + sizeof h.checksum, h.bytes - sizeof h.checksum)) return malformed("its checksum");
  if (h.fields > kFieldsMax || h.tags > kTagsMax || h.key_bytes > kKeyBytesMax || h.path_bytes > kKeyBytesMax ||
      h.head_bytes > kHeadBytesMax) {
    return malformed("a bound");
  }
  const std::size_t needed = sizeof(Header) + h.tags * sizeof(std::uint64_t) + h.fields * sizeof(FieldPlace) +
                             h.key_bytes + h.path_bytes + h.head_bytes;
  if (aligned(needed) != h.bytes) return malformed("the sum of its parts");
  if (h.key_hash != key::Hash{}) return malformed("its key's hash");
  return check_head();
}

/// What is sent to clients must be a head, whoever wrote the file.
base::Result<void> Record::check_head() const {
  const Header& h = header();
  const std::string_view head = http1_head();
  const std::size_t line = head.find("\r\n");
  if (h.status < 100 || h.status > 999 || !head.starts_with(kVersion) || line == std::string_view::npos ||
      line < kVersion.size() + 4 || !is_one_line(head.substr(0, line)) ||
      head.substr(kVersion.size(), 4) != fmt::format("{} ", h.status)) {
    return malformed("its status line");
  }
  std::size_t at = line + 2;
  for (std::size_t i = 0; i < h.fields; ++i) {
    FieldPlace place;
    std::memcpy(&place, reinterpret_cast<const char*>(places()) + i * sizeof place, sizeof place);
    const std::size_t field_bytes = std::size_t{place.name_bytes} + 2 + place.value_bytes + 2;
    if (place.at != at || place.name_bytes == 0 || field_bytes > head.size() - at) return malformed("a field's place");
    const std::string_view name = head.substr(at, place.name_bytes);
    const std::string_view value = head.substr(at + place.name_bytes + 2, place.value_bytes);
    if (head.substr(at + place.name_bytes, 2) != ": " || head.substr(at + field_bytes - 2, 2) != "\r\n" ||
        !is_one_line(name) || !is_one_line(value) || name.find(':') != std::string_view::npos ||
        place.id != wire::http::field_id_of(name)) {
      return malformed("a field");
    }
    at += field_bytes;
  }
  if (at != head.size()) return malformed("the end of its head");
  return {};
}

std::string Record::sealed(std::uint64_t body_bytes) const {
  std::string out(at_, bytes());
  auto& copy = *reinterpret_cast<Header*>(out.data());
  copy.body_bytes = body_bytes;
  copy.key_hash = {};
  copy.checksum = XXH3_64bits(out.data() + sizeof copy.checksum, out.size() - sizeof copy.checksum);
  return out;
}

const Record::Header& Record::header() const {
  return *reinterpret_cast<const Header*>(at_);
}
const Record::FieldPlace* Record::places() const {
  return reinterpret_cast<const FieldPlace*>(at_ + sizeof(Header) + header().tags * sizeof(std::uint64_t));
}
const char* Record::texts() const {
  return reinterpret_cast<const char*>(places() + header().fields);
}
std::size_t Record::bytes() const {
  return header().bytes;
}
key::Hash Record::key_hash() const {
  return header().key_hash;
}
std::string_view Record::key() const {
  return {texts(), header().key_bytes};
}
std::uint64_t Record::sequence() const {
  return header().sequence;
}
std::uint16_t Record::status() const {
  return header().status;
}
const rules::Meta& Record::meta() const {
  return header().meta;
}
std::uint64_t Record::body_bytes() const {
  return header().body_bytes;
}
std::string_view Record::http1_head() const {
  return {texts() + header().key_bytes + header().path_bytes, header().head_bytes};
}
std::size_t Record::field_count() const {
  return header().fields;
}

purge::Subjects Record::subjects() const {
  const Header& h = header();
  const auto* tags = reinterpret_cast<const std::uint64_t*>(at_ + sizeof(Header));
  return {h.url, h.host, std::span(tags, h.tags), {texts() + h.key_bytes, h.path_bytes}};
}

wire::http::Field Record::field(std::size_t number) const {
  const FieldPlace& place = places()[number];
  const char* name = http1_head().data() + place.at;
  return {{name, place.name_bytes}, {name + place.name_bytes + 2, place.value_bytes}, place.id};
}

void Record::add_fields_to(wire::http::Fields& out) const {
  for (std::size_t i = 0; i < field_count(); ++i) {
    const wire::http::Field one = field(i);
    out.add(one.name, one.value, one.id);
  }
}

}  // namespace headgate::proxy::cache::entry
