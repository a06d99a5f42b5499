#pragma once
#include "config/reader.h"

/// `tls` of a pool.
namespace headgate::config::sections::tls {

void read_pool_tls(const Reader& at, Pool& out);
/// What depends on other keys of the pool, which may stand behind.
void settle_pool_tls(const Reader& at, Pool& pool);
void list_pool_tls_keys(KeyList& out);

}  // namespace headgate::config::sections::tls
