// Accept-Encoding: something offered or identity, never by how its list was cut into lines, and what is chosen was
// named.
#include "tests/fuzz/wire_fuzz.h"
#include "wire/coding/accept_encoding.h"

namespace {

using namespace headgate;
using fuzz::require;
using wire::coding::Coding;

Coding chosen(std::initializer_list<std::string_view> lines) {
  wire::http::Fields fields;
  for (const std::string_view line : lines) fields.add(wire::http::FieldId::kAcceptEncoding, line);
  return wire::coding::choose_coding(fields, wire::coding::kCompressing);
}

bool names(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; at + name.size() <= text.size(); ++at) {
    bool same = true;
    for (std::size_t i = 0; i < name.size(); ++i) same = same && (text[at + i] | 0x20) == (name[i] | 0x20);
    if (same) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::vector<char> copy = fuzz::exact_copy({reinterpret_cast<const char*>(bytes), size});
  const std::string_view input(copy.data(), copy.size());
  const Coding whole = chosen({input});
  const bool was_named = whole == Coding::kIdentity || names(input, to_string(whole)) || names(input, "*");
  require(was_named, "nobody gets what he did not name");
  const std::size_t comma = input.find(',');
  if (comma != input.npos && input.substr(0, comma).find('"') == input.npos) {
    require(chosen({input.substr(0, comma), input.substr(comma + 1)}) == whole, "lines are one list");
  }
  return 0;
}
