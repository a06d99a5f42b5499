// What the cache decides by: input lines are fields of a request, and after an empty line of its answer. No input
// breaks a bound; a further directive that forbids does not allow; what was stored for a request is found for it again;
// and a 206 answers with what it has.
#include <chrono>

#include "base/ascii.h"
#include "proxy/cache/key/primary.h"
#include "proxy/cache/key/vary.h"
#include "proxy/cache/rules/cache_status.h"
#include "proxy/cache/rules/directives.h"
#include "proxy/cache/rules/invalidation.h"
#include "proxy/cache/rules/partial.h"
#include "proxy/cache/rules/reuse.h"
#include "proxy/cache/rules/storing.h"
#include "proxy/cache/rules/validation.h"
#include "tests/fuzz/wire_fuzz.h"
#include "wire/http/uri.h"
#include "wire/structured/structured.h"

namespace {

using namespace headgate;
using namespace std::chrono_literals;
using fuzz::require;
using namespace proxy::cache;
using wire::http::Fields;

constexpr base::WallTime kNow{std::chrono::seconds(1798761600)};

/// Lines up to an empty one, as the parser of heads would let them through.
Fields take_fields(std::string_view& left) {
  Fields out;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    const std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !base::is_token(line.substr(0, colon))) continue;
    const std::string_view value = base::trimmed(line.substr(colon + 1));
    if (value.find_first_of(std::string_view("\r\0", 2)) == value.npos) out.add(line.substr(0, colon), value);
  }
  return out;
}

void require_sound(const rules::Meta& meta) {
  require(meta.lifetime >= 0s && meta.lifetime <= rules::kSecondsMax, "lifetimes are bounded");
  require(meta.stale_while_revalidate >= 0s && meta.stale_if_error >= 0s, "windows are no past");
  require(meta.born <= meta.received, "nothing is younger than new");
  require(meta.age(kNow + 1h) >= 1h, "age grows with time");
  if (meta.has(rules::Meta::kPartial)) {
    require(meta.first_byte <= meta.last_byte && meta.last_byte < meta.whole_bytes, "a part lies in its whole");
  }
}

void check_storing(const wire::http::RequestHead& request, wire::http::ResponseHead response) {
  rules::Policy policy;
  policy.control_fields = {"CDN-Cache-Control", "Surrogate-Control"};
  const rules::Storing storing = rules::judge_storing({request, response, kNow, kNow, false, false}, policy);
  require_sound(storing.meta);
  require(storing.store == (storing.reason == rules::Reason::kStored), "a reason for each refusal");
  for (const base::Duration after : {base::Duration(0), base::Duration(30s), base::Duration(24h)}) {
    const rules::Reuse reuse = rules::judge_reuse(request, storing.meta, kNow + after, policy);
    const bool is_fresh = kNow + after < storing.meta.fresh_until;
    require(reuse.verdict != rules::Verdict::kFresh || is_fresh, "only what is fresh is given as fresh");
    require((reuse.ttl >= 0s) == is_fresh || reuse.ttl == 0s, "a ttl says whether it is fresh");
    rules::judge_stale_on_error(request, storing.meta, kNow + after, policy, rules::Failure::kUnreachable);
  }
  const bool is_understood = storing.reason != rules::Reason::kNotUnderstood;
  response.fields.add("Cache-Control", "private");
  response.fields.add("CDN-Cache-Control", "private");
  const rules::Storing forbidden = rules::judge_storing({request, response, kNow, kNow, false, false}, policy);
  // A targeted field that is malformed stays so, and one in any case counts before: then Cache-Control is not asked.
  const bool is_targeted = rules::response_directives(response.fields, policy.control_fields).is_targeted;
  require(!forbidden.store || is_targeted, "private is not stored");
  require(is_understood || !forbidden.store, "and does not make it understood");
}

void check_parts(const wire::http::RequestHead& request, const wire::http::ResponseHead& response) {
  const rules::Meta meta = rules::judge_storing({request, response, kNow, kNow, false, false}, {}).meta;
  const auto condition = rules::evaluate_conditions(request, response.fields, meta, kNow);
  const std::uint64_t whole = meta.has(rules::Meta::kPartial) ? meta.whole_bytes : 1000;
  const bool ignores = condition == proxy::message::semantics::Precondition::kIgnoreRange;
  const rules::RangeAnswer answer = rules::answer_range(request, meta, whole, ignores);
  if (answer.kind != rules::RangeAnswer::Kind::kPartial) return;
  for (const rules::ByteRange& range : answer.ranges.ranges()) {
    require(range.first <= range.last && range.last < whole, "a range lies in the whole");
    if (!meta.has(rules::Meta::kPartial)) continue;
    require(range.first >= meta.first_byte && range.last <= meta.last_byte, "and in what is stored");
  }
}

void check_variants(const wire::http::RequestHead& request, const wire::http::ResponseHead& response) {
  base::Arena arena;
  const key::Codings codings;
  std::string_view marker;
  for (int round = 0; round < 2; ++round) {
    const auto stored = key::variant_of_stored(marker, request.fields, response.fields, codings, arena);
    if (!stored) return;
    const std::string_view found = key::variant_values(stored->marker, request.fields, codings, arena);
    require(found == stored->values, "what was stored for a request answers it");
    marker = stored->marker;
  }
}

void check_freshening(const wire::http::ResponseHead& stored, const Fields& not_modified) {
  Fields fields = stored.fields;
  rules::freshen(fields, not_modified, {});
  require(fields.count(wire::http::FieldId::kContentLength) == stored.fields.count(wire::http::FieldId::kContentLength),
          "a length stays with its bytes");
}

void check_keys(std::string_view input) {
  const std::size_t cut = input.find('\n');
  base::Arena arena;
  wire::http::RequestHead request;
  if (!wire::http::parse_target(input.substr(0, cut), arena, request)) return;
  key::Recipe recipe;
  const std::string_view whole = key::primary_key(recipe, request, false, arena);
  require(whole.find('\n') == whole.npos, "a URI is one line");
  recipe.query = {"v", "page"};
  const std::string_view chosen = key::primary_key(recipe, request, false, arena);
  require(chosen == key::primary_key(recipe, request, false, arena), "a key is always the same");
  wire::http::ResponseHead response;
  response.fields.add("Location", input.substr(0, cut));
  request.method = wire::http::Method::kPut;
  const rules::Invalidated invalidated = rules::invalidated_by(request, false, response, arena);
  require(invalidated.count <= rules::kInvalidatedMax, "as many URIs as there is room for");
  for (std::size_t i = 0; i < invalidated.count; ++i) {
    require(invalidated.uris[i].path.starts_with('/'), "a URI has a path");
  }
  std::string memory(input.size() % 400, '\0');
  rules::CacheStatus status;
  status.hit = true;
  status.key = whole;
  const std::string_view text = rules::write_cache_status(status, memory);
  require(text.empty() || wire::structured::parse_item(text).has_value(), "Cache-Status is well formed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::vector<char> copy = fuzz::exact_copy({reinterpret_cast<const char*>(bytes), size});
  std::string_view input(copy.data(), copy.size());
  check_keys(input);
  wire::http::RequestHead request;
  request.host = request.authority = "example.com";
  request.path = "/";
  request.fields = take_fields(input);
  wire::http::ResponseHead response;
  response.status = size % 2 == 0 ? 200 : 206;
  response.fields = take_fields(input);
  check_storing(request, response);
  check_parts(request, response);
  check_variants(request, response);
  check_freshening(response, take_fields(input));
  return 0;
}
