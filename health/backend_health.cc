#include "health/backend_health.h"

namespace headgate::health {

std::string_view to_string(State state) {
  switch (state) {
    case State::kUp:
      return "up";
    case State::kDown:
      return "down";
    case State::kEjected:
      return "ejected";
    case State::kDraining:
      return "draining";
    case State::kDisabled:
      return "disabled";
  }
  return "unknown";
}

}  // namespace headgate::health
