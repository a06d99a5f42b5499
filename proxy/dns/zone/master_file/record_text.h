#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "proxy/dns/zone/master_file/words.h"
#include "proxy/dns/zone/zone.h"
#include "wire/dns/numbers.h"

// What stands behind a record's type.
namespace headgate::proxy::dns::zone::master_file {

/// The type that a word names, if a zone file may have records of it: A, AAAA, NS, SOA, TXT, CNAME, CAA, SRV, MX, PTR
/// and DS, and others as TYPE52 with generic data. Nothing, after a problem that names the remedy: those that headgate
/// makes itself, that are for questions only, and names that it does not know.
std::optional<wire::dns::Type> record_type(const Token& word, std::optional<Problem>& problem);

/// Reads a record's data to the end of the entry: as the type has it, or as any type's are (RFC 3597 section 5):
/// \# 4 c0000201.
std::string read_data(Words& words, wire::dns::Type type);

/// An SOA record's.
Start read_start(Words& words);

}  // namespace headgate::proxy::dns::zone::master_file
