#include "proxy/access_log/line/json_line.h"

#include <array>
#include <utility>

#include "proxy/access_log/line/value.h"

namespace headgate::proxy::access_log::line {
namespace {

// Members are written by a fold over the table: for each the compiler knows key and kind, which is a third of the
// instructions of a loop over the same table.
constexpr std::make_index_sequence<kFields.size()> kAllFields;

// ,"name":
template <std::size_t kIndex>
constexpr auto make_key() {
  constexpr std::string_view kName = kFields[kIndex].name;
  std::array<char, kName.size() + 4> key{',', '"'};
  kName.copy(key.data() + 2, kName.size());
  key[kName.size() + 2] = '"';
  key[kName.size() + 3] = ':';
  return key;
}
template <std::size_t kIndex>
constexpr auto kKey = make_key<kIndex>();

template <std::size_t kIndex>
inline char* write_member(const Entry& entry, TimeText& time, char* out) {
  constexpr const Field& kField = kFields[kIndex];
  if constexpr (kField.in_json) {
    if (is_absent(kField, entry)) return out;
    out = append(out, {kKey<kIndex>.data(), kKey<kIndex>.size()});
    out = write_value<true>(kField, entry, time, out);
  }
  return out;
}

template <std::size_t... kIndex>
char* write_members(const Entry& entry, TimeText& time, char* out, std::index_sequence<kIndex...>) {
  ((out = write_member<kIndex>(entry, time, out)), ...);
  return out;
}

}  // namespace

char* write_json_line(const Entry& entry, TimeText& time, char* out) {
  char* const end = write_members(entry, time, out, kAllFields);
  *out = '{';  // in place of the first member's comma: the first, the time, is never absent
  return append(end, "}\n");
}

std::size_t json_line_bytes_max() {
  std::size_t bytes = 2;
  for (const Field& field : kFields) {
    if (field.in_json) bytes += field.name.size() + 4 + value_bytes_max(field);
  }
  return bytes;
}

}  // namespace headgate::proxy::access_log::line
