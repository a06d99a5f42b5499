#pragma once
#include "config/reader.h"

namespace headgate::config::sections::balance {

/// `balance`: a word, or a map for choosing by hash.
void read_balance(const Reader& at, Pool& out);
void list_balance_keys(KeyList& out);

/// No pool of a tcp listener may be balanced by what its connections do not have. Once all is read.
void check_hashes(const Config& config, Reading& reading);

}  // namespace headgate::config::sections::balance
