#pragma once
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

/// What routes with `compress` did to their answers.
void expose_compression(const View& view, Exposition& out);

}  // namespace headgate::proxy::admin::metrics
