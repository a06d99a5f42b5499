#pragma once
#include <string>
#include <string_view>

#include "proxy/admin/view.h"

namespace headgate::proxy::admin::metrics {

inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

/// The whole page. A route that had no request yet shows headgate_route_requests_total alone, so that 10,000 routes of
/// which few are used stay a page of some hundred kilobytes; a backend that had none shows everything but its
/// histogram. A second backend of the same id and address in a pool is left out, since it would repeat series.
std::string expose(const View& view);

}  // namespace headgate::proxy::admin::metrics
