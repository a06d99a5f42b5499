#include "wire/http2/priority.h"

#include "base/ascii.h"
#include "wire/structured/structured.h"

namespace headgate::wire::http2 {

Priority laid_over(Priority before, std::string_view field_value) {
  structured::Dictionary said;
  if (!structured::parse_dictionary(field_value, said)) return before;
  Priority out = before;
  const structured::Member* const urgency = said.find("u");
  if (urgency != nullptr && !urgency->is_inner_list) {
    const structured::Value& value = urgency->item.value;
    const bool is_one = value.kind == structured::Kind::kInteger && value.number >= 0 && value.number <= 7;
    if (is_one) out.urgency = static_cast<std::uint8_t>(value.number);
  }
  const structured::Member* const incremental = said.find("i");
  if (incremental != nullptr && !incremental->is_inner_list) {
    const structured::Value& value = incremental->item.value;
    if (value.kind == structured::Kind::kBoolean) out.incremental = value.boolean;
  }
  return out;
}

std::string_view priority_field_of(const http::Fields& fields) {
  constexpr std::string_view kName = "priority";
  for (const http::Field& field : fields) {
    const bool may_be = field.id == http::FieldId::kOther && field.name.size() == kName.size();
    if (may_be && base::equals_ignoring_case(field.name, kName)) return field.value;
  }
  return {};
}

}  // namespace headgate::wire::http2
