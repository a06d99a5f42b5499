#pragma once
#include "config/reader.h"

// What of `geoip` lets somebody say whose a client is: pin, override.
namespace headgate::config::sections::geo {

void read_pin(const Reader& at, Geo& out);
void list_pin_keys(KeyList& out);
void read_override(const Reader& at, Geo& out);
void list_override_keys(KeyList& out);

}  // namespace headgate::config::sections::geo
