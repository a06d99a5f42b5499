#include "wire/http1/hop_by_hop.h"

#include <string_view>
#include <vector>

#include "base/ascii.h"

namespace headgate::wire::http1 {
namespace {

using http::Field;
using http::FieldId;
using http::Fields;

/// Not to be taken away by a peer's Connection field.
constexpr std::uint64_t kProtected =
    kHopByHopFields | Fields::bit(FieldId::kHost) | Fields::bit(FieldId::kContentLength);

void remove_named(Fields& fields) {
  std::vector<std::string_view> named;  // apart, since removing moves the fields that are being read
  for (const Field& field : fields) {
    if (field.id != FieldId::kConnection) continue;
    http::for_each_member(field.value, [&](std::string_view name) {
      const FieldId id = http::field_id_of(name);
      const bool is_protected = id != FieldId::kOther && (kProtected & Fields::bit(id)) != 0;
      if (!is_protected && !base::equals_ignoring_case(name, "close")) named.push_back(name);
      return true;
    });
  }
  for (std::string_view name : named) fields.remove(name);
}

}  // namespace

void remove_hop_by_hop(Fields& fields) {
  if (!fields.has_any(kHopByHopFields)) return;
  const std::string_view connection = fields.value_of(FieldId::kConnection);
  const bool names_nothing = connection.empty() || connection == "keep-alive" || connection == "close";
  if (!names_nothing || fields.count(FieldId::kConnection) > 1) remove_named(fields);
  fields.remove_all(kHopByHopFields);
}

}  // namespace headgate::wire::http1
