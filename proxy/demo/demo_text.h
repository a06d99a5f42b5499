#pragma once
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "proxy/demo/demo_folder.h"

namespace headgate::proxy::demo {

/// The demo's configuration: a pool of the three origins and routes that show each feature.
std::string configuration_text(const std::vector<base::Endpoint>& origins, const DemoFolder& folder);

/// What is printed when the demo runs: the configuration, and six things to try. `program` is how this one was called.
std::string greeting_text(const std::string& yaml, const DemoFolder& folder, const std::string& program);

}  // namespace headgate::proxy::demo
