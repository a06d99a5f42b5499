#pragma once
#include "config/reader.h"

// `dns`, and what a listener of `protocol: dns` says.
namespace headgate::config::sections::dns {

void read_dns(const Reader& at, Config& out);
void list_dns_keys(KeyList& out);

/// `zones` of a listener.
void read_listener_zones(const Reader& at, Listener& out);
/// Reports at `at` if the listener's protocol and its other keys do not go together.
void check_listener(const Reader& at, const Listener& listener);

/// Once all is read: every zone that a listener names is there, and geo names have something to be answered with.
void check_zones(const Config& config, Reading& reading);

}  // namespace headgate::config::sections::dns
