#include "wire/http1/hop_by_hop.h"

#include <string_view>
#include <vector>

namespace headgate::wire::http1 {

void remove_hop_by_hop(http::Fields& fields) {
  if (!fields.has_any(kHopByHopFields)) return;
  if (fields.has(http::FieldId::kConnection)) {
    std::vector<std::string_view> named;  // apart, since removing moves the fields that are being read
    for (const http::Field& field : fields) {
      if (field.id != http::FieldId::kConnection) continue;
      http::for_each_member(field.value, [&](std::string_view name) {
        const http::FieldId id = http::field_id_of(name);
        const std::uint64_t kept = kHopByHopFields | http::Fields::bit(http::FieldId::kHost) |
                                   http::Fields::bit(http::FieldId::kContentLength);
        const bool is_option = name.size() == 5 && http::has_token("close", name);
        if (!is_option && (id == http::FieldId::kOther || (kept & http::Fields::bit(id)) == 0)) named.push_back(name);
        return true;
      });
    }
    for (std::string_view name : named) fields.remove(name);
  }
  fields.remove_all(kHopByHopFields);
}

}  // namespace headgate::wire::http1
