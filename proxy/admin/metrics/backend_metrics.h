#pragma once
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

/// headgate_pool_backends.
void expose_backends_by_state(const View& view, Exposition& out);
/// All families headgate_backend_*.
void expose_backends(const View& view, Exposition& out);

}  // namespace headgate::proxy::admin::metrics
