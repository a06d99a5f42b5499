#include "proxy/admin/view.h"

namespace headgate::proxy::admin {

std::string_view to_string(DaemonState state) {
  switch (state) {
    case DaemonState::kStarting:
      return "starting";
    case DaemonState::kServing:
      return "serving";
    case DaemonState::kReloading:
      return "reloading";
    case DaemonState::kUpgrading:
      return "upgrading";
    case DaemonState::kDraining:
      return "draining";
  }
  return "unknown";
}

}  // namespace headgate::proxy::admin
