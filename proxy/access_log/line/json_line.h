#pragma once
#include <cstddef>

#include "proxy/access_log/entry.h"
#include "proxy/access_log/line/time_text.h"

namespace headgate::proxy::access_log::line {

/// One JSON object with its line feed: the members of kFields in their order, without those that are absent. Valid JSON
/// whatever the bytes of the texts. `out` has room for json_line_bytes_max(), and the texts keep to their bounds.
char* write_json_line(const Entry& entry, TimeText& time, char* out);
std::size_t json_line_bytes_max();

}  // namespace headgate::proxy::access_log::line
