#include "wire/http/field.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "base/ascii.h"

namespace headgate::wire::http {
namespace {

constexpr std::size_t kKnown = static_cast<std::size_t>(FieldId::kCount);

// In the order of FieldId.
constexpr std::array<std::string_view, kKnown> kNames = {
    "",
    "Accept",
    "Accept-Encoding",
    "Accept-Ranges",
    "Age",
    "Allow",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "ETag",
    "Expect",
    "Expires",
    "Forwarded",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Last-Modified",
    "Location",
    "Max-Forwards",
    "Origin",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Referer",
    "Retry-After",
    "Server",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
    "Vary",
    "Via",
    "WWW-Authenticate",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Request-Id",
};

constexpr std::size_t kLongestName = 19;  // "If-Unmodified-Since"

/// A name with its letters lowered, and the bit to set in another spelling's letters before the two are compared. The
/// hyphens get no bit, so that nothing but a letter's other case compares equal.
struct Folded {
  std::array<char, 24> text{};
  std::array<char, 24> letter_bits{};
};

constexpr std::array<Folded, kKnown> fold_names() {
  std::array<Folded, kKnown> out{};
  for (std::size_t id = 0; id < kKnown; ++id) {
    for (std::size_t i = 0; i < kNames[id].size(); ++i) {
      out[id].text[i] = base::to_lower(kNames[id][i]);
      out[id].letter_bits[i] = base::is_alpha(kNames[id][i]) ? 0x20 : 0;
    }
  }
  return out;
}
constexpr std::array<Folded, kKnown> kFolded = fold_names();

template <class Word>
bool same_word(const char* name, const Folded& folded, std::size_t at) {
  Word written;
  Word wanted;
  Word bits;
  std::memcpy(&written, name + at, sizeof written);
  std::memcpy(&wanted, folded.text.data() + at, sizeof wanted);
  std::memcpy(&bits, folded.letter_bits.data() + at, sizeof bits);
  return static_cast<Word>(written | bits) == wanted;
}

/// Compares in at most three overlapping words.
bool is_spelling_of(const char* name, std::size_t bytes, FieldId id) {
  const Folded& folded = kFolded[static_cast<std::size_t>(id)];
  if (bytes >= 8) {
    if (!same_word<std::uint64_t>(name, folded, 0)) return false;
    if (bytes > 16 && !same_word<std::uint64_t>(name, folded, 8)) return false;
    return same_word<std::uint64_t>(name, folded, bytes - 8);
  }
  if (bytes >= 4) {
    return same_word<std::uint32_t>(name, folded, 0) && same_word<std::uint32_t>(name, folded, bytes - 4);
  }
  return same_word<std::uint16_t>(name, folded, 0) && same_word<std::uint16_t>(name, folded, bytes - 2);
}

/// The only known name of this length with this letter at the place that tells the names of the length apart.
FieldId candidate_to_9(std::string_view name) {
  switch (name.size()) {
    case 2:
      return FieldId::kTe;
    case 3:
      return (name[0] | 0x20) == 'a' ? FieldId::kAge : FieldId::kVia;
    case 4:
      switch (name[0] | 0x20) {
        case 'h':
          return FieldId::kHost;
        case 'd':
          return FieldId::kDate;
        case 'e':
          return FieldId::kEtag;
        default:
          return FieldId::kVary;
      }
    case 5:
      return (name[0] | 0x20) == 'r' ? FieldId::kRange : FieldId::kAllow;
    case 6:
      switch (name[0] | 0x20) {
        case 'a':
          return FieldId::kAccept;
        case 'c':
          return FieldId::kCookie;
        case 's':
          return FieldId::kServer;
        case 'o':
          return FieldId::kOrigin;
        case 'p':
          return FieldId::kPragma;
        default:
          return FieldId::kExpect;
      }
    case 7:
      switch (name[0] | 0x20) {
        case 'r':
          return FieldId::kReferer;
        case 'e':
          return FieldId::kExpires;
        case 'u':
          return FieldId::kUpgrade;
        default:
          return FieldId::kTrailer;
      }
    case 8:
      switch (name[3] | 0x20) {
        case 'a':
          return FieldId::kLocation;
        case 'm':
          return FieldId::kIfMatch;
        default:
          return FieldId::kIfRange;
      }
    case 9:
      return FieldId::kForwarded;
    default:
      return FieldId::kOther;
  }
}

FieldId candidate_from_10(std::string_view name) {
  switch (name.size()) {
    case 10:
      switch (name[0] | 0x20) {
        case 'c':
          return FieldId::kConnection;
        case 'u':
          return FieldId::kUserAgent;
        case 's':
          return FieldId::kSetCookie;
        default:
          return FieldId::kKeepAlive;
      }
    case 11:
      return FieldId::kRetryAfter;
    case 12:
      switch (name[0] | 0x20) {
        case 'c':
          return FieldId::kContentType;
        case 'x':
          return FieldId::kXRequestId;
        default:
          return FieldId::kMaxForwards;
      }
    case 13:
      switch (name[3] | 0x20) {
        case 't':
          return (name[0] | 0x20) == 'l' ? FieldId::kLastModified : FieldId::kContentRange;
        case 'e':
          return FieldId::kAcceptRanges;
        case 'h':
          return (name[0] | 0x20) == 'a' ? FieldId::kAuthorization : FieldId::kCacheControl;
        default:
          return FieldId::kIfNoneMatch;
      }
    case 14:
      return FieldId::kContentLength;
    case 15:
      return (name[0] | 0x20) == 'a' ? FieldId::kAcceptEncoding : FieldId::kXForwardedFor;
    case 16:
      switch (name[0] | 0x20) {
        case 'c':
          return (name[8] | 0x20) == 'e' ? FieldId::kContentEncoding : FieldId::kContentLocation;
        case 'p':
          return FieldId::kProxyConnection;
        case 'x':
          return FieldId::kXForwardedHost;
        default:
          return FieldId::kWwwAuthenticate;
      }
    case 17:
      switch (name[0] | 0x20) {
        case 't':
          return FieldId::kTransferEncoding;
        case 'i':
          return FieldId::kIfModifiedSince;
        default:
          return FieldId::kXForwardedProto;
      }
    case 18:
      return FieldId::kProxyAuthenticate;
    case 19:
      return (name[0] | 0x20) == 'i' ? FieldId::kIfUnmodifiedSince : FieldId::kProxyAuthorization;
    default:
      return FieldId::kOther;
  }
}

}  // namespace

FieldId field_id_of(std::string_view name) {
  if (name.size() < 2 || name.size() > kLongestName) return FieldId::kOther;
  const FieldId candidate = name.size() < 10 ? candidate_to_9(name) : candidate_from_10(name);
  return is_spelling_of(name.data(), name.size(), candidate) ? candidate : FieldId::kOther;
}

std::string_view name_of(FieldId id) {
  return kNames[static_cast<std::size_t>(id)];
}

std::string_view lower_name_of(FieldId id) {
  const auto index = static_cast<std::size_t>(id);
  return {kFolded[index].text.data(), kNames[index].size()};
}

const Field* Fields::find(FieldId id) const {
  if (!has(id)) return nullptr;
  for (const Field& field : list_) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

const Field* Fields::find(std::string_view name) const {
  const FieldId id = field_id_of(name);
  if (id != FieldId::kOther) return find(id);
  for (const Field& field : list_) {
    if (field.id == FieldId::kOther && base::equals_ignoring_case(field.name, name)) return &field;
  }
  return nullptr;
}

std::string_view Fields::value_of(FieldId id) const {
  const Field* field = find(id);
  return field == nullptr ? std::string_view() : field->value;
}

std::size_t Fields::count(FieldId id) const {
  if (!has(id)) return 0;
  std::size_t found = 0;
  for (const Field& field : list_) found += field.id == id ? 1 : 0;
  return found;
}

std::size_t Fields::remove(FieldId id) {
  if (!has(id)) return 0;
  present_ &= ~bit(id);
  return std::erase_if(list_, [id](const Field& field) { return field.id == id; });
}

std::size_t Fields::remove(std::string_view name) {
  const FieldId id = field_id_of(name);
  if (id != FieldId::kOther) return remove(id);
  return std::erase_if(list_, [name](const Field& field) {
    return field.id == FieldId::kOther && base::equals_ignoring_case(field.name, name);
  });
}

void Fields::remove_all(std::uint64_t id_bits) {
  if (!has_any(id_bits)) return;
  present_ &= ~id_bits;
  std::erase_if(list_, [id_bits](const Field& field) { return (bit(field.id) & id_bits) != 0; });
}

template <class Same>
void Fields::set_where(const Field& field, Same is_same) {
  const auto first = has(field.id) ? std::find_if(list_.begin(), list_.end(), is_same) : list_.end();
  if (first == list_.end()) return add(field.name, field.value, field.id);
  *first = field;
  list_.erase(std::remove_if(first + 1, list_.end(), is_same), list_.end());
}

void Fields::set(FieldId id, std::string_view value) {
  set_where({name_of(id), value, id}, [id](const Field& field) { return field.id == id; });
}

void Fields::set(std::string_view name, std::string_view value) {
  const FieldId id = field_id_of(name);
  set_where({name, value, id}, [&](const Field& field) {
    return field.id == id && (id != FieldId::kOther || base::equals_ignoring_case(field.name, name));
  });
}

bool has_token(std::string_view list, std::string_view token) {
  return !for_each_member(list,
                          [token](std::string_view member) { return !base::equals_ignoring_case(member, token); });
}

}  // namespace headgate::wire::http
