#include "wire/http/uri.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "base/ascii.h"
#include "base/ip_address.h"
#include "wire/http/usual.h"

namespace headgate::wire::http {
namespace {

enum CharClass : std::uint8_t {
  kPathChar = 1,    ///< pchar and '/', but neither '.' (it may be a dot segment) nor '%'
  kQueryChar = 2,   ///< of a query, without '%'
  kHostChar = 4,    ///< of a reg-name
  kUnreserved = 8,  ///< RFC 3986 section 2.3: the same escaped or not
  kEscapedInPath = 16,
};

constexpr std::array<std::uint8_t, 256> classify() {
  std::array<std::uint8_t, 256> out{};
  const auto mark = [&out](std::string_view characters, int classes) {
    for (char c : characters) out[static_cast<std::uint8_t>(c)] |= static_cast<std::uint8_t>(classes);
  };
  for (int c = 0; c < 128; ++c) {
    if (!base::is_alpha(static_cast<char>(c)) && !base::is_digit(static_cast<char>(c))) continue;
    out[static_cast<std::size_t>(c)] = kPathChar | kQueryChar | kHostChar | kUnreserved;
  }
  mark("-_~", kPathChar | kQueryChar | kHostChar | kUnreserved);
  mark(".", kQueryChar | kHostChar | kUnreserved);
  mark("!$&'()*+;=", kPathChar | kQueryChar | kHostChar);
  mark(",:@/", kPathChar | kQueryChar);
  mark("?", kQueryChar);
  mark("[]|", kQueryChar | kEscapedInPath);
  mark("{}\\^`", kQueryChar);
  return out;
}
constexpr std::array<std::uint8_t, 256> kClass = classify();

bool is_of(char c, int classes) {
  return (kClass[static_cast<std::uint8_t>(c)] & classes) != 0;
}

/// The byte that "%41" at the start of `text` stands for, or -1.
int escaped_byte(std::string_view text) {
  if (text.size() < 3) return -1;
  const int high = base::hex_value(text[1]);
  const int low = base::hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_valid_query(std::string_view query) {
  for (std::size_t i = 0; i < query.size(); ++i) {
    if (is_of(query[i], kQueryChar)) continue;
    if (query[i] != '%' || escaped_byte(query.substr(i)) < 0) return false;
    i += 2;
  }
  return true;
}

/// Whether a dot segment begins at the '.' at `at`, whose left neighbour is '/'.
bool is_dot_segment(std::string_view path, std::size_t at) {
  ++at;
  if (at < path.size() && path[at] == '.') ++at;
  return at == path.size() || path[at] == '/' || path[at] == '?';
}

constexpr std::string_view kUpperHex = "0123456789ABCDEF";

/// Writes a path in its one spelling, segment by segment.
class PathWriter {
 public:
  explicit PathWriter(char* out) : begin_(out), next_(out) {}

  void open_segment() {
    *next_++ = '/';
    segment_ = next_;
  }
  void raw(char c) { *next_++ = c; }
  void escaped(int byte) {
    *next_++ = '%';
    *next_++ = kUpperHex[static_cast<std::size_t>(byte >> 4)];
    *next_++ = kUpperHex[static_cast<std::size_t>(byte & 15)];
  }
  /// Takes a dot segment back (RFC 3986 section 5.2.4); false if it climbs above the root.
  bool close_segment(bool is_last) {
    const std::string_view segment(segment_, static_cast<std::size_t>(next_ - segment_));
    if (segment == ".") {
      next_ = segment_ - 1;
    } else if (segment == "..") {
      next_ = segment_ - 1;
      if (next_ == begin_) return false;
      while (*--next_ != '/') {
      }
    } else {
      return true;
    }
    if (is_last) *next_++ = '/';
    return true;
  }
  std::string_view written() const { return {begin_, static_cast<std::size_t>(next_ - begin_)}; }

 private:
  char* begin_;
  char* next_;
  char* segment_ = nullptr;
};

/// `path` starts with '/'. An empty view for what is refused.
std::string_view rewritten_path(std::string_view path, base::Arena& arena) {
  std::size_t room = path.size();
  for (char c : path) room += is_of(c, kEscapedInPath) ? 2 : 0;
  PathWriter out(arena.take(room));
  out.open_segment();
  for (std::size_t i = 1; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '/') {
      if (!out.close_segment(false)) return {};
      out.open_segment();
    } else if (c == '%') {
      const int byte = escaped_byte(path.substr(i));
      if (byte <= 0) return {};
      if (is_of(static_cast<char>(byte), kUnreserved)) {
        out.raw(static_cast<char>(byte));
      } else {
        out.escaped(byte);
      }
      i += 2;
    } else if (is_of(c, kEscapedInPath)) {
      out.escaped(c);
    } else if (c == '.' || is_of(c, kPathChar)) {
      out.raw(c);
    } else {
      return {};
    }
  }
  return out.close_segment(true) ? out.written() : std::string_view();
}

/// `text` starts with '/': a path and maybe a query.
bool parse_path_and_query(std::string_view text, base::Arena& arena, RequestHead& head) {
  bool needs_change = false;
  std::size_t i = 1 + usual_path_bytes(text.substr(1));
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (is_of(c, kPathChar)) continue;
    if (c == '?') break;
    if (c == '.') {
      if (text[i - 1] == '/' && is_dot_segment(text, i)) needs_change = true;
      i += usual_path_bytes(text.substr(i + 1));
    } else {
      needs_change = true;
    }
  }
  head.path = text.substr(0, i);
  if (needs_change) {
    head.path = rewritten_path(head.path, arena);
    if (head.path.empty()) return false;
  }
  if (i == text.size()) return true;
  head.has_query = true;
  head.query = text.substr(i + 1);
  return is_valid_query(head.query);
}

bool parse_absolute(std::string_view target, base::Arena& arena, RequestHead& head) {
  const std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = target.substr(0, scheme_end);
  head.secure_target = base::equals_ignoring_case(scheme, "https");
  if (!head.secure_target && !base::equals_ignoring_case(scheme, "http")) return false;
  const std::string_view rest = target.substr(scheme_end + 3);
  const std::size_t authority_end = rest.find_first_of("/?");
  head.form = TargetForm::kAbsolute;
  if (!parse_authority(rest.substr(0, authority_end), head)) return false;
  if (authority_end == std::string_view::npos) {
    head.path = head.method == Method::kOptions ? "*" : "/";  // RFC 9112 section 3.2.4
    return true;
  }
  if (rest[authority_end] == '/') return parse_path_and_query(rest.substr(authority_end), arena, head);
  head.path = "/";
  head.has_query = true;
  head.query = rest.substr(authority_end + 1);
  return is_valid_query(head.query);
}

/// The bytes of the host at the start of an authority; 0 if there is no valid one.
std::size_t host_bytes(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return 0;
    const std::string_view literal = authority.substr(1, close - 1);
    const bool is_v6 = literal.find(':') != std::string_view::npos && base::IpAddress::parse(literal).has_value();
    return is_v6 ? close + 1 : 0;
  }
  const char* p = authority.data() + usual_host_bytes(authority);
  const char* const end = authority.data() + authority.size();
  while (p != end && is_of(*p, kHostChar)) ++p;
  return static_cast<std::size_t>(p - authority.data());
}

bool are_four_digits(const char* p) {
  std::uint32_t word;
  std::memcpy(&word, p, sizeof word);
  constexpr std::uint32_t kEach = 0x0101'0101;
  // A digit is 0x3 and a half that six more do not carry beyond.
  return (word & 0xf0 * kEach) == 0x30 * kEach && ((word + 6 * kEach) & 0xf0 * kEach) == 0x30 * kEach;
}

/// Digits up to 65535, or nothing at all.
bool is_port(std::string_view text) {
  if (text.size() == 4) return are_four_digits(text.data());
  if (text.size() == 5 && text.front() < '6') return base::is_digit(text.front()) && are_four_digits(&text[1]);
  return text.empty() || base::parse_decimal<std::uint16_t>(text).has_value();
}

}  // namespace

bool parse_target(std::string_view target, base::Arena& arena, RequestHead& head) {
  head.has_query = false;
  head.query = {};
  if (target.empty()) return false;
  if (target.front() == '/') {
    head.form = TargetForm::kOrigin;
    return parse_path_and_query(target, arena, head);
  }
  if (target == "*") {
    head.form = TargetForm::kAsterisk;
    head.path = target;
    return head.method == Method::kOptions;
  }
  return parse_absolute(target, arena, head);
}

bool parse_authority(std::string_view authority, RequestHead& head) {
  const std::size_t host = host_bytes(authority);
  if (host == 0 || host > kHostBytesMax) return false;
  std::string_view port;
  if (host < authority.size()) {
    if (authority[host] != ':') return false;
    port = authority.substr(host + 1);
    if (!is_port(port)) return false;
  }
  head.authority = authority;
  head.host = authority.substr(0, host);
  head.port = port;
  return true;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int byte = escaped_byte(text.substr(i));
    if (byte < 0) return std::nullopt;
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name) {
      return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    }
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> cookie_value(std::string_view cookie_field, std::string_view name) {
  while (!cookie_field.empty()) {
    const std::size_t end = cookie_field.find(';');
    const std::string_view pair = base::trimmed(cookie_field.substr(0, end));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && base::trimmed(pair.substr(0, equals)) == name) {
      return base::trimmed(pair.substr(equals + 1));
    }
    cookie_field = end == std::string_view::npos ? std::string_view() : cookie_field.substr(end + 1);
  }
  return std::nullopt;
}

std::string_view cookie_value(const Fields& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id != FieldId::kCookie) continue;
    if (const std::optional<std::string_view> value = cookie_value(field.value, name)) return *value;
  }
  return {};
}

}  // namespace headgate::wire::http
