// Structured fields: texts stay inside the input, an item that is written again parses to the same, and a list is cut
// into lines without a change.
#include "tests/fuzz/wire_fuzz.h"
#include "wire/structured/structured.h"
#include "wire/structured/writer.h"

namespace {

using namespace headgate;
using fuzz::require;
using namespace wire::structured;

void require_sound(const Item& item, std::string_view input) {
  require(fuzz::is_inside(item.value.text, input), "a value is inside the input");
  require(item.parameters.size() <= kParametersMax, "parameters are bounded");
  for (const Parameter& parameter : item.parameters) {
    require(!parameter.key.empty() && fuzz::is_inside(parameter.key, input), "a key is inside the input");
    require(fuzz::is_inside(parameter.value.text, input), "a parameter is inside the input");
  }
}

void require_sound(const std::vector<Member>& members, std::string_view input) {
  require(members.size() <= kMembersMax, "members are bounded");
  for (const Member& member : members) {
    require(fuzz::is_inside(member.key, input), "a member's key is inside the input");
    require_sound(member.item, input);
    for (const Item& item : member.inner) require_sound(item, input);
  }
}

/// Strings of any bytes come out as strings that are well formed.
void require_written_well(std::string_view input) {
  std::string memory(3 * input.size() + 16, '\0');
  Writer writer(memory);
  require(writer.token_or_string(input) && writer.string("key", ""), "there was room");
  const std::optional<Item> parsed = parse_item(writer.text());
  require(parsed.has_value() || input.size() > kStringBytesMax / 3, "what is written can be read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::vector<char> copy = fuzz::exact_copy({reinterpret_cast<const char*>(bytes), size});
  const std::string_view input(copy.data(), copy.size());
  Dictionary dictionary;
  const bool is_dictionary = parse_dictionary(input, dictionary);
  if (is_dictionary) require_sound(dictionary.members(), input);
  Dictionary in_any_case;
  const bool is_any = parse_dictionary(input, in_any_case, Keys::kAnyCase);
  require(is_any || !is_dictionary, "any case takes what lower case takes");
  std::vector<Member> list;
  if (parse_list(input, list)) require_sound(list, input);
  if (const std::optional<Item> item = parse_item(input)) {
    require_sound(*item, input);
    if (item->value.kind == Kind::kString)
      require(unescaped(item->value.text).size() <= input.size(), "escapes shrink");
  }
  require_written_well(input);
  return 0;
}
