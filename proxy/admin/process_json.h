#pragma once
#include "proxy/admin/json_values.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin {

/// Adds the members `process`, `access_log` and `workers`, which the page /status and the API's say alike.
void add_process(const View& view, Json& out);

}  // namespace headgate::proxy::admin
