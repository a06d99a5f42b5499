#pragma once
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

/// What keeps pools from being buried: their limits, and what these turned away.
void expose_protection(const View& view, Exposition& out);

}  // namespace headgate::proxy::admin::metrics
