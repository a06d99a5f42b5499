#include "proxy/cache/rules/meta.h"

namespace headgate::proxy::cache::rules {

std::string_view to_string(Source source) {
  switch (source) {
    case Source::kNone:
      return "none";
    case Source::kTargeted:
      return "targeted field";
    case Source::kSMaxage:
      return "s-maxage";
    case Source::kMaxAge:
      return "max-age";
    case Source::kExpires:
      return "Expires";
    case Source::kHeuristic:
      return "heuristic";
    case Source::kPolicyTtl:
      return "policy ttl";
    case Source::kPolicyOverride:
      return "policy override";
    case Source::kPolicyNegative:
      return "policy negative";
  }
  return "none";
}

}  // namespace headgate::proxy::cache::rules
