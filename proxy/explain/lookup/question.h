#pragma once
#include <string>

#include "base/ip_address.h"

namespace headgate::proxy::explain::lookup {

/// A question of DNS, as a resolver asks it that tells of its client's address.
struct Question {
  std::string name;
  std::string type = "A";
  base::IpAddress from = base::IpAddress::v4(0x7f000001);
};

}  // namespace headgate::proxy::explain::lookup
