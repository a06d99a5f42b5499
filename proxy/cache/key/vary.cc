#include "proxy/cache/key/vary.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace headgate::proxy::cache::key {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;

constexpr std::string_view kAcceptLanguage = "accept-language";

struct Marker {
  std::string_view names;
  std::string_view languages;
};

Marker marker_from(std::string_view text) {
  const std::size_t end = text.find('\n');
  return end == text.npos ? Marker{text, {}} : Marker{text.substr(0, end), text.substr(end + 1)};
}

/// Calls `each` for every part of "a,b,c", which has neither spaces nor quotes.
template <class Each>
void for_each_part(std::string_view list, Each each) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    each(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

bool has_part(std::string_view list, std::string_view wanted) {
  bool found = false;
  for_each_part(list, [&](std::string_view part) { found = found || part == wanted; });
  return found;
}

std::size_t count_parts(std::string_view list) {
  std::size_t count = 0;
  for_each_part(list, [&count](std::string_view) { ++count; });
  return count;
}

std::string_view lower_copy(std::string_view text, base::Arena& arena) {
  char* const out = arena.take(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) out[i] = base::to_lower(text[i]);
  return {out, text.size()};
}

/// RFC 4647 section 3.3.1: "de" takes "de" and "de-ch".
bool takes(std::string_view range, std::string_view tag) {
  if (range == "*") return false;  // what is meant by it is the origin's to say
  return base::equals_ignoring_case(range, tag.substr(0, range.size())) &&
         (tag.size() == range.size() || (tag.size() > range.size() && tag[range.size()] == '-'));
}

/// The one of `languages` that the request wants more than, or as much as, any other language; empty if there is none
/// or more than one.
std::string_view language_for(const Fields& request, std::string_view languages) {
  if (languages.empty()) return {};
  const WeighedList list = weighed_list(request, kAcceptLanguage);
  if (list.count == 0 || !list.is_whole || list.members[0].weight == 0) return {};
  std::string_view found;
  std::size_t matches = 0;
  for_each_part(languages, [&](std::string_view language) {
    bool is_wanted = false;
    for (std::size_t i = 0; i < list.count && list.members[i].weight == list.members[0].weight; ++i) {
      is_wanted = is_wanted || takes(list.members[i].text, language);
    }
    if (!is_wanted) return;
    found = language;
    ++matches;
  });
  return matches == 1 ? found : std::string_view();
}

/// Content-Language, if it is one tag.
std::string_view language_of(const Fields& response, base::Arena& arena) {
  const Field* const field = response.find("Content-Language");
  if (field == nullptr) return {};
  const std::string_view tag = base::trimmed(field->value);
  for (const char c : tag) {
    if (!base::is_alpha(c) && !base::is_digit(c) && c != '-') return {};
  }
  return lower_copy(tag, arena);
}

std::string_view without(std::string_view list, std::string_view gone, base::Arena& arena) {
  std::string_view out;
  for_each_part(list, [&](std::string_view part) {
    if (part != gone) out = out.empty() ? part : arena.concat({out, ",", part});
  });
  return out;
}

/// The marker's languages after an answer in `language` came for the request. A language that this request would be
/// given and that the origin did not give it is not there any more: without forgetting it, the request would never hit.
std::string_view languages_after(std::string_view languages, std::string_view language, const Fields& request,
                                 base::Arena& arena) {
  if (language.empty()) return languages;
  if (!has_part(languages, language) && count_parts(languages) < kVaryLanguagesMax) {
    languages = languages.empty() ? language : arena.concat({languages, ",", language});
  }
  const std::string_view would_give = language_for(request, languages);
  if (!would_give.empty() && would_give != language) languages = without(languages, would_give, arena);
  return languages;
}

bool is_in_offered_coding(const Fields& response, const Codings& codings) {
  bool is_offered = true;
  for (const Field& field : response) {
    if (field.id != FieldId::kContentEncoding) continue;
    wire::http::for_each_member(field.value, [&](std::string_view coding) {
      is_offered = is_offered && (codings.has(coding) || base::equals_ignoring_case(coding, "identity"));
      return true;
    });
  }
  return is_offered;
}

}  // namespace

std::optional<std::string_view> vary_names(const Fields& response, base::Arena& arena) {
  if (!response.has(FieldId::kVary)) return std::string_view();
  std::array<std::string_view, kVaryNamesMax> names;
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const Field& field : response) {
    if (field.id != FieldId::kVary) continue;
    const bool fits = wire::http::for_each_member(field.value, [&](std::string_view name) {
      if (!base::is_token(name) || name == "*") return false;
      const std::string_view lower = lower_copy(name, arena);
      const auto end = names.begin() + static_cast<std::ptrdiff_t>(count);
      if (std::find(names.begin(), end, lower) != end) return true;
      bytes += lower.size() + 1;
      if (count == kVaryNamesMax || bytes > kVaryBytesMax) return false;
      names[count++] = lower;
      return true;
    });
    if (!fits) return std::nullopt;
  }
  std::sort(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count));
  std::string_view out;
  for (std::size_t i = 0; i < count; ++i) out = i == 0 ? names[0] : arena.concat({out, ",", names[i]});
  return out;
}

std::optional<Stored> variant_of_stored(std::string_view marker, const Fields& request, const Fields& response,
                                        const Codings& codings, base::Arena& arena) {
  const std::optional<std::string_view> names = vary_names(response, arena);
  if (!names) return std::nullopt;
  if (names->empty()) return Stored{};
  if (has_part(*names, "accept-encoding") && !is_in_offered_coding(response, codings)) return std::nullopt;
  const Marker old = marker_from(marker);
  std::string_view languages;
  if (has_part(*names, kAcceptLanguage)) {
    languages = old.names == *names ? old.languages : std::string_view();
    languages = languages_after(languages, language_of(response, arena), request, arena);
  }
  Stored out;
  out.marker = languages.empty() ? *names : arena.concat({*names, "\n", languages});
  out.values = variant_values(out.marker, request, codings, arena);
  return out;
}

std::string_view variant_values(std::string_view marker, const Fields& request, const Codings& codings,
                                base::Arena& arena) {
  const Marker parts = marker_from(marker);
  std::string_view out;
  for_each_part(parts.names, [&](std::string_view name) {
    if (name == kAcceptLanguage) {
      const std::string_view language = language_for(request, parts.languages);
      if (!language.empty()) {
        out = arena.concat({out, "\n", name, "=", language});
        return;
      }
    }
    const std::optional<std::string_view> value = normalised_value(request, name, codings, arena);
    out = value ? arena.concat({out, "\n", name, ":", *value}) : arena.concat({out, "\n", name});
  });
  return out;
}

}  // namespace headgate::proxy::cache::key
