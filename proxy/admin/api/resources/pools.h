#pragma once
#include <string_view>

#include "proxy/admin/api/answer.h"
#include "proxy/admin/view.h"

// What the resources about pools and backends share.
namespace headgate::proxy::admin::api::resources {

/// Null if there is none of that name.
const PoolView* find_pool(const View& view, std::string_view name);
/// A 404 that names the nearest.
Answer no_such_pool(const View& view, std::string_view name);
/// The backends of one id of one pool, as the API shows each.
Json backends_json(const View& view, std::string_view pool, std::string_view id);

}  // namespace headgate::proxy::admin::api::resources
