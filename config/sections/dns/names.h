#pragma once
#include "config/reader.h"

// `names` of a zone: geo names, and records.
namespace headgate::config::sections::dns {

/// Reads them into a zone whose name is there.
void read_names(const Reader& at, DnsZone& out);
void list_name_keys(KeyList& out);

}  // namespace headgate::config::sections::dns
