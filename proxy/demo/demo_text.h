#pragma once
#include <string>
#include <vector>

#include "base/ip_address.h"

namespace headgate::proxy::demo {

/// The demo's configuration: a pool of the three origins and routes that show each feature.
std::string configuration_text(const std::vector<base::Endpoint>& origins);

/// What is printed when the demo runs: the configuration, and five things to try.
std::string greeting_text(const std::string& yaml);

}  // namespace headgate::proxy::demo
