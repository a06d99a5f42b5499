#pragma once
#include "config/config.h"
#include "proxy/explain/explanation.h"
#include "proxy/route/matcher.h"

namespace headgate::proxy::explain {

/// What the matcher found, the routes before it that came nearest, and for a host or path that matched nothing what may
/// have been meant.
RoutePart route_part_of(const config::Config& config, const route::Matcher& matcher, const route::MatchInput& input);

}  // namespace headgate::proxy::explain
