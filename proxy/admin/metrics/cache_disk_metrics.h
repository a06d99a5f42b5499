#pragma once
#include "proxy/admin/metrics/exposition.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

/// The families of the disk tiers of caches, for those that have one.
void expose_cache_disks(const View& view, Exposition& out);

}  // namespace headgate::proxy::admin::metrics
