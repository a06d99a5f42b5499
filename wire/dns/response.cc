#include "wire/dns/response.h"

#include <endian.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/result.h"

namespace headgate::wire::dns {
namespace {

constexpr std::size_t kOptBytes = 11;  // without its options
constexpr std::size_t kOptionHeadBytes = 4;
constexpr std::size_t kRecordHeadBytes = 10;  // without its name
constexpr std::uint16_t kPointer = 0xc000;
constexpr std::uint16_t kPointerMax = 0x3fff;
constexpr std::size_t kSoaNumbersBytes = 20;

// In one store each, while the compiler makes one for each byte.
void write_u16(std::uint16_t value, char* out) {
  const std::uint16_t bytes = htobe16(value);
  std::memcpy(out, &bytes, sizeof bytes);
}

void write_u32(std::uint32_t value, char* out) {
  const std::uint32_t bytes = htobe32(value);
  std::memcpy(out, &bytes, sizeof bytes);
}

std::size_t subnet_bytes(const Query& query) {
  return kOptionHeadBytes + 4 + (query.edns->subnet->source_bits + 7U) / 8;
}

std::size_t opt_bytes(const Query& query, const EdnsReply& edns) {
  if (!query.edns) return 0;
  std::size_t bytes = kOptBytes;
  if (query.edns->subnet) bytes += subnet_bytes(query);
  if (!edns.cookie.empty()) bytes += kOptionHeadBytes + edns.cookie.size();
  if (edns.keep_alive_tenths) bytes += kOptionHeadBytes + 2;
  return bytes;
}

}  // namespace

Response::Response(const Query& query, std::span<char> buffer, std::size_t bytes_max, const EdnsReply& edns)
    : query_(query), edns_(edns), buffer_(buffer.data()) {
  if (buffer.size() < kLeastBytes) base::invariant_broken("a buffer for an answer of DNS is too small");
  limit_ = std::clamp(bytes_max, kLeastBytes, buffer.size()) - opt_bytes(query, edns);
  end_ = kHeaderBytes;
  if (query.name.empty()) return;
  put(query.name);
  put_u16(static_cast<std::uint16_t>(query.type));
  put_u16(static_cast<std::uint16_t>(query.in_class));
}

bool Response::has(std::size_t bytes) {
  if (!is_full_ && limit_ - end_ >= bytes) return true;
  is_full_ = true;
  return false;
}

void Response::put_u16(std::uint16_t value) {
  write_u16(value, buffer_ + end_);
  end_ += sizeof value;
}

void Response::put(std::string_view bytes) {
  std::memcpy(buffer_ + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

/// Where this name, of which the root is none, was written already.
std::optional<std::uint16_t> Response::find(std::string_view name) const {
  const std::string_view asked = query_.lower_name();
  // A piece of the question itself, as most names are.
  if (std::greater_equal<>()(name.data(), asked.data()) && name.data() + name.size() == asked.data() + asked.size()) {
    return static_cast<std::uint16_t>(kHeaderBytes + (asked.size() - name.size()));
  }
  if (name.size() <= asked.size()) {
    const std::size_t start = asked.size() - name.size();
    std::size_t at = 0;
    while (at < start) at += 1 + static_cast<std::size_t>(asked[at]);
    if (at == start && asked.substr(at) == name) return static_cast<std::uint16_t>(kHeaderBytes + at);
  }
  for (std::size_t i = 0; i < known_count_; ++i) {
    if (known_[i].name == name) return known_[i].offset;
  }
  return std::nullopt;
}

void Response::put_name(std::string_view name) {
  for (std::size_t at = 0;;) {
    const std::string_view rest = name.substr(at);
    if (rest.size() <= 1) {
      if (has(1)) put_u8(0);
      return;
    }
    if (const std::optional<std::uint16_t> offset = find(rest)) {
      if (has(2)) put_u16(kPointer | *offset);
      return;
    }
    const std::size_t bytes = 1 + static_cast<std::size_t>(rest[0]);
    if (!has(bytes)) return;
    if (at == 0 && end_ <= kPointerMax && known_count_ < known_.size()) {
      known_[known_count_++] = {name, static_cast<std::uint16_t>(end_)};
    }
    put(rest.substr(0, bytes));
    at += bytes;
  }
}

bool Response::begin_record(std::string_view name, Type type, std::uint32_t ttl_seconds) {
  record_at_ = end_;
  put_name(name);
  if (!has(kRecordHeadBytes)) return false;
  char* const head = buffer_ + end_;
  write_u16(static_cast<std::uint16_t>(type), head);
  write_u16(static_cast<std::uint16_t>(query_.in_class == Class::kChaos ? Class::kChaos : Class::kIn), head + 2);
  write_u32(ttl_seconds, head + 4);
  write_u16(0, head + 8);  // the length, when it is known
  end_ += kRecordHeadBytes;
  data_at_ = end_;
  return true;
}

void Response::end_record(Section section) {
  if (is_full_) {
    end_ = record_at_;
    while (known_count_ > 0 && known_[known_count_ - 1].offset >= end_) --known_count_;
    return;
  }
  write_u16(static_cast<std::uint16_t>(end_ - data_at_), buffer_ + data_at_ - 2);
  ++counts_[static_cast<std::size_t>(section)];
}

void Response::record(Section section, std::string_view name, Type type, std::uint32_t ttl_seconds,
                      std::string_view data) {
  if (begin_record(name, type, ttl_seconds) && has(data.size())) put(data);
  end_record(section);
}

void Response::record_of_name(Section section, std::string_view name, Type type, std::uint32_t ttl_seconds,
                              std::string_view of) {
  if (begin_record(name, type, ttl_seconds)) put_name(of);
  end_record(section);
}

void Response::record_of_soa(Section section, std::string_view name, std::uint32_t ttl_seconds,
                             std::string_view primary, std::string_view admin, std::string_view numbers) {
  if (numbers.size() != kSoaNumbersBytes) base::invariant_broken("an SOA record has five numbers");
  if (begin_record(name, Type::kSoa, ttl_seconds)) {
    put_name(primary);
    put_name(admin);
    if (has(numbers.size())) put(numbers);
  }
  end_record(section);
}

void Response::forget_records() {
  end_ = kHeaderBytes + query_.question_bytes();
  counts_ = {};
  known_count_ = 0;
}

void Response::put_opt(Rcode rcode) {
  put_u8(0);
  put_u16(static_cast<std::uint16_t>(Type::kOpt));
  put_u16(edns_.udp_bytes_max);
  put_u8(static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode) >> 4));
  put_u8(0);  // the version that is spoken here
  put_u16(static_cast<std::uint16_t>((query_.edns->dnssec_ok ? 0x8000 : 0) | (is_compact_ok_ ? 0x4000 : 0)));
  put_u16(static_cast<std::uint16_t>(opt_bytes(query_, edns_) - kOptBytes));
  if (query_.edns->subnet) {
    const ClientSubnet& subnet = *query_.edns->subnet;
    const bool is_v4 = subnet.address.is_v4();
    put_u16(static_cast<std::uint16_t>(Option::kClientSubnet));
    put_u16(static_cast<std::uint16_t>(subnet_bytes(query_) - kOptionHeadBytes));
    put_u16(is_v4 ? 1 : 2);
    put_u8(subnet.source_bits);
    put_u8(scope_bits_);
    const char* const bytes = reinterpret_cast<const char*>(subnet.address.bytes().data()) + (is_v4 ? 12 : 0);
    put({bytes, (subnet.source_bits + 7U) / 8});
  }
  if (!edns_.cookie.empty()) {
    put_u16(static_cast<std::uint16_t>(Option::kCookie));
    put_u16(static_cast<std::uint16_t>(edns_.cookie.size()));
    put(edns_.cookie);
  }
  if (edns_.keep_alive_tenths) {
    put_u16(static_cast<std::uint16_t>(Option::kKeepAlive));
    put_u16(2);
    put_u16(*edns_.keep_alive_tenths);
  }
}

std::size_t Response::finish(Rcode rcode, bool is_authoritative) {
  if (query_.edns) put_opt(rcode);
  const unsigned upper = 0x80U | query_.opcode << 3U | (is_authoritative ? 0x04U : 0) | (is_full_ ? 0x02U : 0) |
                         (query_.recursion_desired ? 0x01U : 0);
  const unsigned lower = (query_.checking_disabled ? 0x10U : 0) | (static_cast<unsigned>(rcode) & 0x0fU);
  char* const head = buffer_;
  write_u16(query_.id, head);
  write_u16(static_cast<std::uint16_t>(upper << 8 | lower), head + 2);
  write_u16(query_.name.empty() ? 0 : 1, head + 4);
  write_u16(counts_[0], head + 6);
  write_u16(counts_[1], head + 8);
  write_u16(static_cast<std::uint16_t>(counts_[2] + (query_.edns ? 1 : 0)), head + 10);
  return end_;
}

}  // namespace headgate::wire::dns
