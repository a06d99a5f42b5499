#include "proxy/cache/key/values.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "wire/http/weight.h"

namespace headgate::proxy::cache::key {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;
using wire::http::kFullWeight;

bool is_named(const Field& field, FieldId id, std::string_view name) {
  return field.id == id && (id != FieldId::kOther || base::equals_ignoring_case(field.name, name));
}

template <class Each>
void for_each_line(const Fields& fields, std::string_view name, Each each) {
  const FieldId id = wire::http::field_id_of(name);
  if (id != FieldId::kOther && !fields.has(id)) return;
  for (const Field& field : fields) {
    if (is_named(field, id, name)) each(field.value);
  }
}

/// Members joined by `separator`; nothing if there is no line. One line that needs no change is not copied.
std::optional<std::string_view> joined(const Fields& fields, std::string_view name, base::Arena& arena) {
  std::size_t bytes = 0;
  std::size_t lines = 0;
  std::string_view only;
  for_each_line(fields, name, [&](std::string_view line) {
    bytes += line.size() + 1;
    only = line;
    ++lines;
  });
  if (lines == 0) return std::nullopt;
  if (lines == 1 && only.find_first_of(", \t") == only.npos) return only;
  char* const begin = arena.take(bytes);
  char* next = begin;
  for_each_line(fields, name, [&next, begin](std::string_view line) {
    wire::http::for_each_member(line, [&next, begin](std::string_view member) {
      if (next != begin) *next++ = ',';
      std::memcpy(next, member.data(), member.size());
      next += member.size();
      return true;
    });
  });
  return std::string_view(begin, static_cast<std::size_t>(next - begin));
}

std::optional<std::string_view> cookies(const Fields& fields, base::Arena& arena) {
  std::optional<std::string_view> out;
  for_each_line(fields, "Cookie", [&](std::string_view line) {
    line = base::trimmed(line);
    out = out ? arena.concat({*out, "; ", line}) : line;
  });
  return out;
}

Weighed weighed_from(std::string_view member) {
  const std::size_t semicolon = member.rfind(';');
  if (semicolon != member.npos) {
    const std::string_view last = base::trimmed(member.substr(semicolon + 1));
    if (last.size() > 2 && (last[0] == 'q' || last[0] == 'Q') && last[1] == '=') {
      const std::optional<int> weight = wire::http::parse_qvalue(last.substr(2));
      if (weight) return {base::trimmed(member.substr(0, semicolon)), *weight};
    }
  }
  return {member, kFullWeight};
}

bool comes_before(const Weighed& a, const Weighed& b) {
  if (a.weight != b.weight) return a.weight > b.weight;
  const std::size_t common = std::min(a.text.size(), b.text.size());
  for (std::size_t i = 0; i < common; ++i) {
    const char x = base::to_lower(a.text[i]);
    const char y = base::to_lower(b.text[i]);
    if (x != y) return x < y;
  }
  return a.text.size() < b.text.size();
}

/// What is named in lower case, parameters as they are but for white space outside of quotes.
char* put_member(std::string_view text, char* out) {
  bool is_parameter = false;
  bool is_quoted = false;
  for (const char c : text) {
    if (c == '"') is_quoted = !is_quoted;
    if (!is_quoted && (c == ' ' || c == '\t')) continue;
    if (c == ';') is_parameter = true;
    *out++ = is_parameter ? c : base::to_lower(c);
  }
  return out;
}

char* put_number(int value, char* out) {
  if (value >= 10) out = put_number(value / 10, out);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

std::string_view sorted(const WeighedList& list, base::Arena& arena) {
  constexpr std::size_t kWeightBytes = 8;  // ",", ";q=" and up to 4 digits
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < list.count; ++i) bytes += list.members[i].text.size() + kWeightBytes;
  char* const begin = arena.take(bytes);
  char* next = begin;
  for (std::size_t i = 0; i < list.count; ++i) {
    const Weighed& member = list.members[i];
    if (next != begin) *next++ = ',';
    next = put_member(member.text, next);
    if (member.weight == kFullWeight) continue;
    std::memcpy(next, ";q=", 3);
    next = put_number(member.weight, next + 3);
  }
  return {begin, static_cast<std::size_t>(next - begin)};
}

constexpr int kUnnamed = -1;

/// The weight that a list of codings gives to `coding`: its own, else that of '*'.
int weight_in(const WeighedList& list, std::string_view coding) {
  int any = kUnnamed;
  for (std::size_t i = 0; i < list.count; ++i) {
    const Weighed& member = list.members[i];
    if (base::equals_ignoring_case(member.text, coding)) return member.weight;
    if (coding == "gzip" && base::equals_ignoring_case(member.text, "x-gzip")) return member.weight;
    if (member.text == "*") any = member.weight;
  }
  return any;
}

/// "br,gzip" for two that weigh the same, "br>gzip" for one that is preferred; "!identity" where that is refused.
std::string_view reduced(const WeighedList& list, const Codings& codings, base::Arena& arena) {
  std::array<Weighed, kWeighedMax> wanted;
  std::size_t count = 0;
  std::size_t bytes = sizeof("!identity");
  const auto want = [&](std::string_view coding) {
    const int weight = weight_in(list, coding);
    if (weight <= 0 || count == kWeighedMax) return;
    wanted[count++] = {coding, weight};
    bytes += coding.size() + 1;
  };
  for (const std::string& coding : codings.offered) want(coding);
  want("identity");
  std::sort(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(count), comes_before);
  char* const begin = arena.take(bytes);
  char* next = begin;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) *next++ = wanted[i].weight == wanted[i - 1].weight ? ',' : '>';
    std::memcpy(next, wanted[i].text.data(), wanted[i].text.size());
    next += wanted[i].text.size();
  }
  if (weight_in(list, "identity") == 0) {
    std::memcpy(next, "!identity", 9);
    next += 9;
  }
  return {begin, static_cast<std::size_t>(next - begin)};
}

}  // namespace

bool Codings::has(std::string_view coding) const {
  return std::any_of(offered.begin(), offered.end(),
                     [coding](const std::string& other) { return base::equals_ignoring_case(other, coding); });
}

WeighedList weighed_list(const Fields& fields, std::string_view name) {
  WeighedList out;
  for_each_line(fields, name, [&out](std::string_view line) {
    out.is_whole = wire::http::for_each_member(line,
                                               [&out](std::string_view member) {
                                                 if (out.count == kWeighedMax) return false;
                                                 out.members[out.count++] = weighed_from(member);
                                                 return true;
                                               }) &&
                   out.is_whole;
  });
  std::sort(out.members.begin(), out.members.begin() + static_cast<std::ptrdiff_t>(out.count), comes_before);
  return out;
}

std::optional<std::string_view> normalised_value(const Fields& fields, std::string_view name, const Codings& codings,
                                                 base::Arena& arena) {
  const FieldId id = wire::http::field_id_of(name);
  if (id == FieldId::kCookie) return cookies(fields, arena);
  const bool is_encoding = id == FieldId::kAcceptEncoding;
  const bool is_weighed = is_encoding || id == FieldId::kAccept ||
                          base::equals_ignoring_case(name, "Accept-Language") ||
                          base::equals_ignoring_case(name, "Accept-Charset");
  if (!is_weighed || fields.find(name) == nullptr) return joined(fields, name, arena);
  const WeighedList list = weighed_list(fields, name);
  if (!list.is_whole) return joined(fields, name, arena);
  return is_encoding ? reduced(list, codings, arena) : sorted(list, arena);
}

}  // namespace headgate::proxy::cache::key
