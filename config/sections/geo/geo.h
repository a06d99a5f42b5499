#pragma once
#include "config/reader.h"

// `geoip`, `regions`, `default_region` and the region of the instance.
namespace headgate::config::sections::geo {

void read_geoip(const Reader& at, Config& out);
void list_geoip_keys(KeyList& out);
void read_regions(const Reader& at, Config& out);
void list_region_keys(KeyList& out);

/// A name that must be that of a region, once `regions` is given.
void read_region_name(const Reader& at, std::string& out);

/// Once all is read: every region that is named is there, and whoever asks for a client's region can be told it.
void check_regions(const Config& config, Reading& reading);

}  // namespace headgate::config::sections::geo
