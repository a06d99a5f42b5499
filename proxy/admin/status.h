#pragma once
#include <string>

#include "proxy/admin/view.h"

namespace headgate::proxy::admin {

/// The page /status: one JSON object, whose members docs/operations/admin.md lists. Times are RFC 3339 in UTC, or null
/// for what never happened.
std::string status_json(const View& view);

}  // namespace headgate::proxy::admin
