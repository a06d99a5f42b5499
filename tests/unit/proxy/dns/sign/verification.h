#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wire/dns/numbers.h"

// Answers taken apart and verified as a validating resolver does, by code that shares nothing with what signs: only
// OpenSSL and RFC 4034.
namespace headgate::proxy::dns::sign::testing {

struct Record {
  int section = 0;  ///< 0: answer, 1: authority, 2: additional
  std::string owner;
  wire::dns::Type type{};
  std::uint32_t ttl = 0;
  std::string data;  ///< its names uncompressed and in lower case
};

struct Message {
  unsigned rcode = 0;
  bool is_authoritative = false;
  bool is_truncated = false;
  unsigned edns_flags = 0;
  std::vector<Record> records;  ///< without OPT

  std::vector<Record> of(int section, wire::dns::Type type) const;
};
Message take_apart(std::string_view bytes);

/// "\1a\0" and the like in lower case, as text with dots: enough for names of letters.
std::string wire_of(std::string_view text);

/// Whether `signature` is 64 bytes that the key (64 bytes of a DNSKEY) made over the text.
bool verifies(std::string_view public_key, std::string_view text, std::string_view signature);

/// All sets of the sections that must be signed are, by one of `keys` (tag -> public key), of this zone, and at this
/// moment; empty: all is well, otherwise what is not.
std::string problem_of(const Message& message, const std::string& zone, const std::map<unsigned, std::string>& keys,
                       std::int64_t now);

/// The next name and the types of an NSEC record.
struct Nsec {
  std::string next;
  std::set<unsigned> types;
};
Nsec nsec_of(const Record& record);

}  // namespace headgate::proxy::dns::sign::testing
