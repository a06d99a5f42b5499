#include "proxy/admin/events.h"

namespace headgate::proxy::admin {

std::string_view to_string(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::kBackend:
      return "backend";
    case Event::Kind::kReload:
      return "reload";
    case Event::Kind::kOperator:
      return "operator";
    case Event::Kind::kUpgrade:
      return "upgrade";
    case Event::Kind::kLogLevel:
      return "log-level";
    case Event::Kind::kTls:
      return "tls";
    case Event::Kind::kGeoip:
      return "geoip";
    case Event::Kind::kRegion:
      return "region";
    case Event::Kind::kDns:
      return "dns";
  }
  return "unknown";
}

}  // namespace headgate::proxy::admin
