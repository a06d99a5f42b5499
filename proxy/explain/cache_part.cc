#include "proxy/explain/cache_part.h"

#include <fmt/format.h>

#include <string>

#include "config/values.h"
#include "proxy/cache/disk/tier.h"
#include "proxy/cache/rules/reuse.h"
#include "proxy/cache/rules/storing.h"
#include "proxy/cache/stage/place.h"

namespace headgate::proxy::explain {
namespace {

namespace rules = cache::rules;

std::string_view word_of(rules::Verdict verdict) {
  switch (verdict) {
    case rules::Verdict::kFresh:
      return "hit";
    case rules::Verdict::kStaleWhileRevalidate:
    case rules::Verdict::kStale:
      return "stale";
    case rules::Verdict::kRevalidate:
      return "revalidate";
    case rules::Verdict::kOnlyIfCached:
      return "only-if-cached";
    case rules::Verdict::kMiss:
      break;
  }
  return "miss";
}

/// In the order in which they are asked.
std::string sources_of(const config::RouteCache& settings) {
  const std::string ttl = settings.ttl ? fmt::format("ttl: {}", config::duration_text(*settings.ttl)) : "";
  std::string out = settings.overrides_origin && !ttl.empty() ? ttl + " in place of " : "";
  for (const std::string& name : settings.control_fields) out += name + ", ";
  out += "s-maxage, max-age, Expires";
  if (!settings.negative.empty()) out += ", negative";
  if (!settings.overrides_origin && !ttl.empty()) out += ", " + ttl;
  if (settings.uses_heuristics) out += ", a tenth of the time since Last-Modified";
  if (settings.max_ttl) out += fmt::format("; at most {}", config::duration_text(*settings.max_ttl));
  return out;
}

void note(rules::Reason reason, CachePart& out) {
  out.reason = rules::word_of(reason);
  out.why = rules::sentence_of(reason);
}

}  // namespace

CachePart cache_part_of(const config::RouteCache& settings, const cache::stage::RouteCache& cache,
                        const message::Request& request, bool has_body, base::WallTime now, base::Arena& arena) {
  CachePart out;
  out.store = settings.store;
  out.key = cache::key::primary_key(cache.recipe, request.head, request.secure, arena);
  out.ttl_from = sources_of(settings);
  const rules::Asking asking = rules::judge_request(request.head, has_body);
  if (!asking.looks_up) {
    out.verdict = "pass";
    note(asking.reason, out);
    return out;
  }
  if (cache.store == nullptr) {
    out.verdict = "unknown";
    out.why = "what is stored, the daemon knows: headgate ctl explain asks it";
    return out;
  }
  const cache::stage::Place place = cache::stage::place_of(cache, request.head, request.secure, 0, arena);
  out.key = place.key;
  const rules::Reuse reuse = place.entry ? rules::judge_reuse(request.head, place.entry.record().meta(), now,
                                                              cache.policy, place.is_purged_softly)
                                         : rules::judge_absence(request.head, cache.policy);
  out.verdict = word_of(reuse.verdict);
  note(reuse.reason, out);
  if (!place.entry) {
    const cache::disk::Tier* const disk = cache.store->disk();
    if (disk != nullptr && disk->might_have(place.hash)) out.why += ", unless the disk has it";
    return out;
  }
  out.age_seconds = reuse.age.count();
  out.ttl_seconds = reuse.ttl.count();
  out.ttl_from = to_string(place.entry.record().meta().source);
  return out;
}

}  // namespace headgate::proxy::explain
