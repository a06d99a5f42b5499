#include "proxy/cache/rules/directives.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "wire/structured/structured.h"

namespace headgate::proxy::cache::rules {
namespace {

using std::chrono::seconds;
using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;
namespace structured = wire::structured;

enum class Name : std::uint8_t {
  kMaxAge,
  kSMaxage,
  kNoCache,
  kNoStore,
  kPrivate,
  kPublic,
  kMustRevalidate,
  kProxyRevalidate,
  kMustUnderstand,
  kImmutable,
  kStaleWhileRevalidate,
  kStaleIfError,
  kMaxStale,
  kMinFresh,
  kOnlyIfCached,
  kOther,
};

constexpr std::array<std::string_view, static_cast<std::size_t>(Name::kOther)> kNames = {
    "max-age",
    "s-maxage",
    "no-cache",
    "no-store",
    "private",
    "public",
    "must-revalidate",
    "proxy-revalidate",
    "must-understand",
    "immutable",
    "stale-while-revalidate",
    "stale-if-error",
    "max-stale",
    "min-fresh",
    "only-if-cached",
};

Name name_from(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (base::equals_ignoring_case(text, kNames[i])) return static_cast<Name>(i);
  }
  return Name::kOther;
}

/// One directive, from whichever kind of field.
struct Directive {
  Name name = Name::kOther;
  bool has_argument = false;
  std::optional<seconds> number;         ///< the argument, if it is one
  std::optional<std::string_view> text;  ///< the argument, if it is a text that can be read in place
};

/// What lies between the quotes of a text that is one quoted string from end to end (RFC 9110 section 5.6.4).
std::optional<std::string_view> between_quotes(std::string_view text) {
  if (text.empty() || text.front() != '"') return std::nullopt;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      if (at + 1 != text.size()) return std::nullopt;
      return text.substr(1, at - 1);
    }
  }
  return std::nullopt;
}

/// Calls `each` for every directive of a Cache-Control line. False if there is a quote in it that is not of a quoted
/// string after a '='.
template <class Each>
bool for_each_directive(std::string_view line, Each each) {
  bool is_whole = true;
  wire::http::for_each_member(line, [&](std::string_view member) {
    const std::size_t equals = std::min(member.find('='), member.size());
    const std::string_view name = member.substr(0, equals);
    Directive out;
    out.name = name_from(base::trimmed(name));
    out.has_argument = equals < member.size();
    if (out.has_argument) {
      const std::string_view argument = member.substr(equals + 1);
      const std::optional<std::string_view> quoted = between_quotes(argument);
      const std::string_view text = quoted.value_or(argument);
      // With a space beside the '=' it is neither token nor quoted string (RFC 9111 section 5.2).
      if (base::is_token(name) && (quoted || base::is_token(argument))) {
        out.number = parse_seconds(text);
        if (text.find('\\') == text.npos) out.text = text;
      }
      if (!quoted && argument.find('"') != argument.npos) is_whole = false;
    }
    if (name.find('"') != name.npos) is_whole = false;
    each(out);
    return true;
  });
  return is_whole;
}

void take_smaller(std::optional<seconds>& into, seconds value) {
  into = into ? std::min(*into, value) : value;
}

/// The names of a qualified no-cache or private; false if they can not be read.
bool take_names(std::string_view list, std::vector<std::string_view>& out) {
  const std::size_t before = out.size();
  const bool all_names = wire::http::for_each_member(list, [&out](std::string_view name) {
    out.push_back(name);
    return base::is_token(name);
  });
  return all_names && out.size() > before;
}

void take_qualified(const Directive& directive, bool& unqualified, std::vector<std::string_view>& listed) {
  const bool has_names = directive.text && take_names(*directive.text, listed);
  if (!has_names) unqualified = true;
}

void take(const Directive& directive, ResponseDirectives& out) {
  switch (directive.name) {
    case Name::kMaxAge:
      return take_smaller(out.max_age, directive.number.value_or(seconds(0)));
    case Name::kSMaxage:
      return take_smaller(out.s_maxage, directive.number.value_or(seconds(0)));
    case Name::kStaleWhileRevalidate:
      if (directive.number) take_smaller(out.stale_while_revalidate, *directive.number);
      return;
    case Name::kStaleIfError:
      if (directive.number) take_smaller(out.stale_if_error, *directive.number);
      return;
    case Name::kNoCache:
      return take_qualified(directive, out.no_cache, out.listed);
    case Name::kPrivate:
      return take_qualified(directive, out.is_private, out.listed);
    case Name::kNoStore:
      out.no_store = true;
      return;
    case Name::kMustRevalidate:
      out.must_revalidate = true;
      return;
    case Name::kProxyRevalidate:
      out.proxy_revalidate = true;
      return;
    case Name::kMustUnderstand:
      out.must_understand = true;
      return;
    case Name::kPublic:
      out.is_public = out.is_public || !directive.has_argument;
      return;
    case Name::kImmutable:
      out.immutable = out.immutable || !directive.has_argument;
      return;
    case Name::kMaxStale:
    case Name::kMinFresh:
    case Name::kOnlyIfCached:
    case Name::kOther:
      return;  // of requests, or unknown (section 5.2.3)
  }
}

void take(const Directive& directive, RequestDirectives& out) {
  switch (directive.name) {
    case Name::kNoCache:
      out.no_cache = true;
      return;
    case Name::kNoStore:
      out.no_store = true;
      return;
    case Name::kOnlyIfCached:
      out.only_if_cached = true;
      return;
    case Name::kMaxAge:
      if (directive.number) take_smaller(out.max_age, *directive.number);
      return;
    case Name::kMaxStale:
      if (!directive.has_argument) take_smaller(out.max_stale, kSecondsMax);
      if (directive.number) take_smaller(out.max_stale, *directive.number);
      return;
    case Name::kMinFresh:
      if (directive.number) out.min_fresh = std::max(out.min_fresh.value_or(seconds(0)), *directive.number);
      return;
    case Name::kStaleIfError:
      if (directive.number) take_smaller(out.stale_if_error, *directive.number);
      return;
    default:
      return;
  }
}

Directive directive_from(const structured::Member& member) {
  Directive out;
  out.name = name_from(member.key);
  const structured::Value& value = member.item.value;
  // RFC 9213 section 2.1: true for a directive without an argument, an integer for a number, a string for a list of
  // fields. Parameters do not count.
  out.has_argument = member.is_inner_list || value.kind != structured::Kind::kBoolean || !value.boolean;
  if (member.is_inner_list) return out;
  if (value.kind == structured::Kind::kInteger && value.number >= 0) {
    out.number = std::min(seconds(value.number), kSecondsMax);
  }
  const bool is_text = value.kind == structured::Kind::kString || value.kind == structured::Kind::kToken;
  if (is_text && value.text.find('\\') == value.text.npos) out.text = value.text;
  return out;
}

/// The dictionary of a targeted field; empty if the field is absent, malformed or empty.
structured::Dictionary dictionary_of(const Fields& fields, std::string_view name) {
  const bool is_older = base::equals_ignoring_case(name, "Surrogate-Control");
  const structured::Keys keys = is_older ? structured::Keys::kAnyCase : structured::Keys::kLowerCase;
  structured::Dictionary out;
  for (const Field& field : fields) {
    if (!base::equals_ignoring_case(field.name, name)) continue;
    if (!structured::parse_dictionary(field.value, out, keys)) return {};
  }
  return out;
}

}  // namespace

std::optional<seconds> parse_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (!base::is_digit(c)) return std::nullopt;
  }
  const std::optional<std::int64_t> value = base::parse_decimal<std::int64_t>(text);
  return value ? std::min(seconds(*value), kSecondsMax) : kSecondsMax;
}

RequestDirectives request_directives(const Fields& fields) {
  RequestDirectives out;
  if (!fields.has(FieldId::kCacheControl)) return out;
  for (const Field& field : fields) {
    if (field.id != FieldId::kCacheControl) continue;
    for_each_directive(field.value, [&out](const Directive& directive) { take(directive, out); });
  }
  return out;
}

ResponseDirectives response_directives(const Fields& fields, std::span<const std::string> targeted) {
  ResponseDirectives out;
  for (const std::string& name : targeted) {
    const structured::Dictionary dictionary = dictionary_of(fields, name);
    if (dictionary.empty()) continue;
    out.is_targeted = true;
    for (const structured::Member& member : dictionary.members()) take(directive_from(member), out);
    return out;
  }
  if (!fields.has(FieldId::kCacheControl)) return out;
  for (const Field& field : fields) {
    if (field.id != FieldId::kCacheControl) continue;
    const bool is_whole = for_each_directive(field.value, [&out](const Directive& directive) { take(directive, out); });
    if (!is_whole) out.is_broken = true;
  }
  return out;
}

}  // namespace headgate::proxy::cache::rules
