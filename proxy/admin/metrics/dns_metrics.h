#pragma once
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

/// Queries and answers of dns listeners, and the regions that geo names were answered with; nothing without one.
void expose_dns(const View& view, Exposition& out);

}  // namespace headgate::proxy::admin::metrics
