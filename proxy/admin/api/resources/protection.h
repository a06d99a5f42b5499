#pragma once
#include "proxy/admin/api/answer.h"
#include "proxy/admin/view.h"

namespace headgate::proxy::admin::api::resources {

/// What keeps a pool from being buried: limits, how far they are used, and what was turned away.
Json protection_json(const PoolView& pool);

}  // namespace headgate::proxy::admin::api::resources
