#include "proxy/cache/key/values.h"

#include <algorithm>
#include <cstring>
#include <utility>

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

/// What Accept-Encoding says of the codings that are offered, in thousandths. On the path of most hits, so it is read
/// in one pass.
class CodingWeights {
 public:
  explicit CodingWeights(const Codings& codings) : offered_(codings.offered()) { weights_.fill(kUnnamed); }

  void take_line(std::string_view line) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= line.size(); ++at) {
      if (at < line.size() && line[at] != ',') continue;
      take(base::trimmed(line.substr(begin, at - begin)));
      begin = at + 1;
    }
  }
  std::size_t count() const { return offered_.size() + 1; }
  std::string_view name(std::size_t slot) const {
    return slot < offered_.size() ? std::string_view(offered_[slot]) : kIdentity;
  }
  /// 0 for what is refused or not named: not so for identity, which is refused only by name (RFC 9110 section 12.5.3).
  int weight(std::size_t slot) const { return std::max(0, stated(slot)); }
  bool refuses_identity() const { return stated(offered_.size()) == 0; }

  static constexpr std::string_view kIdentity = "identity";

 private:
  int stated(std::size_t slot) const { return weights_[slot] != kUnnamed ? weights_[slot] : any_; }
  void take(std::string_view member) {
    std::size_t end = 0;
    while (end < member.size() && member[end] != ';' && member[end] != ' ' && member[end] != '\t') ++end;
    std::string_view coding = member.substr(0, end);
    if (end == 6 && base::equals_ignoring_case(coding, "x-gzip")) coding.remove_prefix(2);
    int* slot = coding == "*" ? &any_ : nullptr;
    for (std::size_t i = 0; slot == nullptr && i < count(); ++i) {
      const std::string_view known = name(i);
      const bool may_be = known.size() == coding.size() && !coding.empty() && base::to_lower(coding[0]) == known[0];
      if (may_be && base::equals_ignoring_case(known, coding)) slot = &weights_[i];
    }
    if (slot == nullptr || *slot != kUnnamed) return;
    *slot = end == member.size() ? kFullWeight : weighed_from(member).weight;
  }

  const std::vector<std::string>& offered_;
  std::array<int, Codings::kMax + 1> weights_;
  int any_ = kUnnamed;
};

/// "br,gzip" for two that weigh the same, "br>gzip" for one that is preferred; "!identity" where that is refused.
std::string_view reduced(const Fields& fields, const Codings& codings, base::Arena& arena) {
  CodingWeights weights(codings);
  for_each_line(fields, "Accept-Encoding", [&weights](std::string_view line) { weights.take_line(line); });
  constexpr std::string_view kNoIdentity = "!identity";
  std::size_t bytes = kNoIdentity.size();
  for (std::size_t i = 0; i < weights.count(); ++i) bytes += weights.name(i).size() + 1;
  char* const begin = arena.take(bytes);
  char* next = begin;
  const auto put = [&next](std::string_view text) {
    std::memcpy(next, text.data(), text.size());
    next += text.size();
  };
  for (int above = kFullWeight + 1; above > 1;) {  // one round for each weight that is there, heaviest first
    int heaviest = 0;
    for (std::size_t i = 0; i < weights.count(); ++i) {
      if (weights.weight(i) < above) heaviest = std::max(heaviest, weights.weight(i));
    }
    if (heaviest == 0) break;
    bool is_first = true;
    for (std::size_t i = 0; i < weights.count(); ++i) {
      if (weights.weight(i) != heaviest) continue;
      if (next != begin) *next++ = is_first ? '>' : ',';
      put(weights.name(i));
      is_first = false;
    }
    above = heaviest;
  }
  if (weights.refuses_identity()) put(kNoIdentity);
  return {begin, static_cast<std::size_t>(next - begin)};
}

}  // namespace

Codings::Codings(std::vector<std::string> offered) : offered_(std::move(offered)) {
  for (std::string& coding : offered_) coding = base::lowered(coding);
  std::sort(offered_.begin(), offered_.end());
  offered_.erase(std::unique(offered_.begin(), offered_.end()), offered_.end());
  if (offered_.size() > kMax) offered_.resize(kMax);
}

bool Codings::has(std::string_view coding) const {
  return std::any_of(offered_.begin(), offered_.end(),
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
  if (id == FieldId::kAcceptEncoding) {
    return fields.has(id) ? std::optional(reduced(fields, codings, arena)) : std::nullopt;
  }
  const bool is_weighed = id == FieldId::kAccept || base::equals_ignoring_case(name, "Accept-Language") ||
                          base::equals_ignoring_case(name, "Accept-Charset");
  if (!is_weighed || fields.find(name) == nullptr) return joined(fields, name, arena);
  const WeighedList list = weighed_list(fields, name);
  return list.is_whole ? sorted(list, arena) : joined(fields, name, arena);
}

}  // namespace headgate::proxy::cache::key
