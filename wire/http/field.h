#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace headgate::wire::http {

/// Field names that some part of headgate acts on. At most 63, so that a set of them is one word.
enum class FieldId : std::uint8_t {
  kOther,
  kAccept,
  kAcceptEncoding,
  kAcceptRanges,
  kAge,
  kAllow,
  kAuthorization,
  kCacheControl,
  kConnection,
  kContentEncoding,
  kContentLength,
  kContentLocation,
  kContentRange,
  kContentType,
  kCookie,
  kDate,
  kEtag,
  kExpect,
  kExpires,
  kForwarded,
  kHost,
  kIfMatch,
  kIfModifiedSince,
  kIfNoneMatch,
  kIfRange,
  kIfUnmodifiedSince,
  kKeepAlive,
  kLastModified,
  kLocation,
  kMaxForwards,
  kOrigin,
  kPragma,
  kProxyAuthenticate,
  kProxyAuthorization,
  kProxyConnection,
  kRange,
  kReferer,
  kRetryAfter,
  kServer,
  kSetCookie,
  kTe,
  kTrailer,
  kTransferEncoding,
  kUpgrade,
  kUserAgent,
  kVary,
  kVia,
  kWwwAuthenticate,
  kXForwardedFor,
  kXForwardedHost,
  kXForwardedProto,
  kXRequestId,
  kCount,
};
static_assert(static_cast<int>(FieldId::kCount) <= 63);

/// The id of a name in any case; kOther for the rest.
FieldId field_id_of(std::string_view name);

/// The canonical spelling ("Content-Length"); not for kOther.
std::string_view name_of(FieldId id);

/// The same in lower case ("content-length"), as HTTP/2 has it; not for kOther.
std::string_view lower_name_of(FieldId id);

/// One field line. Views into the buffer it was parsed in, or into memory that lives as long as the exchange.
struct Field {
  std::string_view name;
  std::string_view value;
  FieldId id = FieldId::kOther;
};

/// The fields of one head, in order, duplicates kept. Its memory is kept by clear(), so a reused object allocates
/// nothing. Looking for a known field that is absent costs one test.
class Fields {
 public:
  using const_iterator = std::vector<Field>::const_iterator;

  const_iterator begin() const { return list_.begin(); }
  const_iterator end() const { return list_.end(); }
  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }

  void clear() {
    list_.clear();
    present_ = 0;
  }
  void add(std::string_view name, std::string_view value, FieldId id) {
    list_.emplace_back(name, value, id);
    present_ |= bit(id);
  }
  void add(std::string_view name, std::string_view value) { add(name, value, field_id_of(name)); }
  void add(FieldId id, std::string_view value) { add(name_of(id), value, id); }

  bool has(FieldId id) const { return (present_ & bit(id)) != 0; }
  bool has_any(std::uint64_t id_bits) const { return (present_ & id_bits) != 0; }
  static constexpr std::uint64_t bit(FieldId id) { return std::uint64_t{1} << static_cast<int>(id); }

  /// The first field of that name, or null. Not for kOther.
  const Field* find(FieldId id) const;
  const Field* find(std::string_view name) const;
  /// The value of the first, or an empty view.
  std::string_view value_of(FieldId id) const;
  std::size_t count(FieldId id) const;

  /// Removes every field of that name; returns how many there were.
  std::size_t remove(FieldId id);
  std::size_t remove(std::string_view name);
  /// Removes one of these fields, which is the only one of its name.
  void remove_only(const Field& field) {
    present_ &= ~bit(field.id);
    list_.erase(list_.begin() + (&field - list_.data()));
  }
  /// Gives one of these fields another value.
  void set_value(const Field& field, std::string_view value) {
    list_[static_cast<std::size_t>(&field - list_.data())].value = value;
  }
  /// Removes every field whose id is in the set.
  void remove_all(std::uint64_t id_bits);
  /// Leaves exactly one field of that name, at the place of the first, or at the end.
  void set(FieldId id, std::string_view value);
  void set(std::string_view name, std::string_view value);

 private:
  template <class Same>
  void set_where(const Field& field, Same is_same);

  std::vector<Field> list_;
  std::uint64_t present_ = 0;
};

/// Calls `each(member)` for every non-empty member of a comma-separated list value (RFC 9110 section 5.6.1), trimmed;
/// a comma inside a quoted string does not separate. Stops and returns false as soon as `each` does.
template <class Each>
bool for_each_member(std::string_view list, Each each) {
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) {
      if (quoted && list[i] == '\\' && i + 1 < list.size()) {
        ++i;
        continue;
      }
      if (list[i] == '"') quoted = !quoted;
      if (quoted || list[i] != ',') continue;
    }
    std::string_view member = list.substr(start, i - start);
    start = i + 1;
    while (!member.empty() && (member.front() == ' ' || member.front() == '\t')) member.remove_prefix(1);
    while (!member.empty() && (member.back() == ' ' || member.back() == '\t')) member.remove_suffix(1);
    if (!member.empty() && !each(member)) return false;
  }
  return true;
}

/// Whether a comma-separated list of tokens holds `token`, ignoring case.
bool has_token(std::string_view list, std::string_view token);

}  // namespace headgate::wire::http
