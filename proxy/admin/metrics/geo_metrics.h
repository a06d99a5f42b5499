#pragma once
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

/// Databases of addresses, and what clients were looked up by; nothing without `geoip` and `regions`.
void expose_geo(const View& view, Exposition& out);

}  // namespace headgate::proxy::admin::metrics
