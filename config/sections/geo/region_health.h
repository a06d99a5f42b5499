#pragma once
#include "config/reader.h"

// What of `regions` says when a region takes clients, and where these are sent: requires, rise, fall, drain, host,
// addresses.
namespace headgate::config::sections::geo {

void read_requirements(const Reader& at, Region& out);
void read_region_addresses(const Reader& at, Region& out);
void list_region_address_keys(KeyList& out);
void read_region_host(const Reader& at, Region& out);

/// Once all is read: each pool that a region requires is there, with backends in that region, as many as are wanted.
void check_requirements(const Config& config, Reading& reading);

}  // namespace headgate::config::sections::geo
