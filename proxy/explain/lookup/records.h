#pragma once
#include <string_view>
#include <vector>

#include "proxy/explain/lookup/lookup.h"

namespace headgate::proxy::explain::lookup {

/// The records of a message that headgate has made, OPT apart.
std::vector<RecordPart> records_of(std::string_view message);

}  // namespace headgate::proxy::explain::lookup
