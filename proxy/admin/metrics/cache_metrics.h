#pragma once
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

/// What the caches of routes came to, and the stores.
void expose_caches(const View& view, Exposition& out);

}  // namespace headgate::proxy::admin::metrics
