#pragma once
#include "config/reader.h"

// What keeps a pool from being buried: keys of a pool.
namespace headgate::config::sections::protection {

/// `limits`
void read_limits(const Reader& at, Pool& out);
void list_limit_keys(KeyList& out);

/// `adaptive`
void read_adaptive(const Reader& at, Pool& out);
void list_adaptive_keys(KeyList& out);
/// `shed` of `queue`
void read_shed(const Reader& at, Queue& out);
/// Once the pool is read: it has one limit of requests.
void settle_limits(const Reader& at, const Pool& pool);

/// `hedge`
void read_hedge(const Reader& at, Pool& out);
void list_hedge_keys(KeyList& out);
/// Once all is read: no listener passes connections on to a pool that goes by answers.
void check_connections(const Config& config, Reading& reading);

}  // namespace headgate::config::sections::protection
