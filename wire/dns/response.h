#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wire/dns/query.h"

namespace headgate::wire::dns {

/// The OPT record of an answer; to a query without one, none is given (RFC 6891 section 7).
struct EdnsReply {
  std::uint16_t udp_bytes_max = 1232;  ///< what is taken of whoever answers us; fits any path (DNS flag day 2020)
  std::string_view cookie;             ///< the client's and the server's; empty: none
  std::optional<std::uint16_t> keep_alive_tenths;  ///< seconds times ten (RFC 7828), over TCP
};

enum class Section : std::uint8_t { kAnswer, kAuthority, kAdditional };

/// Puts an answer together in a buffer of the caller's: the header, the question as it came, records in the order of
/// their sections, and OPT as the last. Names are compressed against the question, and where a whole name was written
/// before. Records are of class IN, or CHAOS where that was asked for.
///
///     Response response(query, buffer, bytes_max, edns);
///     response.record(Section::kAnswer, name, Type::kA, 30, address);
///     const std::size_t bytes = response.finish(Rcode::kNoError, true);
///
/// A record that finds no room leaves nothing behind, and does_fit() is false ever after.
class Response {
 public:
  /// `buffer` has at least kLeastBytes, and `query` outlives this, as names and the cookie do. No more than `bytes_max`
  /// of it, and no less than kLeastBytes, are used.
  Response(const Query& query, std::span<char> buffer, std::size_t bytes_max, const EdnsReply& edns = {});
  /// A header, the longest question, and OPT with all that there may be in it.
  static constexpr std::size_t kLeastBytes = kPlainUdpBytesMax;

  /// With data that is there already, without names that could be shortened.
  void record(Section section, std::string_view name, Type type, std::uint32_t ttl_seconds, std::string_view data);
  /// NS, CNAME: data that is a name.
  void record_of_name(Section section, std::string_view name, Type type, std::uint32_t ttl_seconds,
                      std::string_view of);
  /// SOA: two names and five numbers (RFC 1035 section 3.3.13), the latter as 20 bytes.
  void record_of_soa(Section section, std::string_view name, std::uint32_t ttl_seconds, std::string_view primary,
                     std::string_view admin, std::string_view numbers);

  /// How much of the query's subnet the answer is for, which is repeated with it (RFC 7871 section 7.2.1); 0 unless
  /// said.
  void set_scope_bits(std::uint8_t bits) { scope_bits_ = bits; }

  /// The flag CO: what is not there is told of as RFC 9824 has it, and by NXDOMAIN all the same.
  void set_compact_ok() { is_compact_ok_ = true; }

  /// Every record found room.
  bool does_fit() const { return !is_full_; }
  /// Takes back every record of all sections: what an answer of which a part is missing is sent with, so that nobody
  /// takes that part for the whole (RFC 2181 section 9).
  void forget_records();
  /// The same, and says that all of it is to be had over TCP.
  void truncate() {
    forget_records();
    is_full_ = true;
  }
  bool has_answers() const { return counts_[0] != 0; }
  /// How many bytes the message has. With `is_authoritative` AA is set; with anything that found no room TC. Once.
  std::size_t finish(Rcode rcode, bool is_authoritative);

 private:
  struct Known {
    std::string_view name;
    std::uint16_t offset = 0;
  };

  bool has(std::size_t bytes);
  void put_u8(std::uint8_t value) { buffer_[end_++] = static_cast<char>(value); }
  void put_u16(std::uint16_t value);
  void put(std::string_view bytes);
  void put_name(std::string_view name);
  std::optional<std::uint16_t> find(std::string_view name) const;
  bool begin_record(std::string_view name, Type type, std::uint32_t ttl_seconds);
  void end_record(Section section);
  void put_opt(Rcode rcode);

  const Query& query_;
  EdnsReply edns_;
  char* buffer_;
  std::size_t limit_;  // of records: behind them comes OPT
  std::size_t end_ = 0;
  std::size_t record_at_ = 0;
  std::size_t data_at_ = 0;
  bool is_full_ = false;
  bool is_compact_ok_ = false;
  std::uint8_t scope_bits_ = 0;
  std::array<std::uint16_t, 3> counts_{};
  std::array<Known, 8> known_;  // written whole, as far as they are remembered
  std::size_t known_count_ = 0;
};

}  // namespace headgate::wire::dns
