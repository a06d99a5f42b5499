#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Structured fields (RFC 8941): parsing into values whose texts are views of what was parsed.
//
//     structured::Dictionary directives;
//     for (line of the field) if (!structured::parse_dictionary(line, directives)) ...the field is as if not sent
//     const structured::Member* age = directives.find("max-age");
namespace headgate::wire::structured {

/// RFC 8941 asks a parser to take at least this many; more is refused.
inline constexpr std::size_t kMembersMax = 1024;    ///< of a list or dictionary (sections 3.1, 3.2)
inline constexpr std::size_t kInnerItemsMax = 256;  ///< of an inner list (section 3.1.1)
inline constexpr std::size_t kParametersMax = 256;  ///< of an item or inner list (section 3.1.2)
inline constexpr std::size_t kStringBytesMax =
    16384;  ///< of a string or byte sequence as written; the RFC asks for 1024

enum class Kind : std::uint8_t { kInteger, kDecimal, kString, kToken, kBytes, kBoolean };

/// A bare item (section 3.3).
struct Value {
  Kind kind = Kind::kBoolean;
  bool boolean = true;      ///< of kBoolean
  std::int64_t number = 0;  ///< of kInteger; of kDecimal in thousandths
  std::string_view text;    ///< of kToken; of kString between its quotes, still escaped; of kBytes in base64
  friend bool operator==(const Value&, const Value&) = default;
};

struct Parameter {
  std::string_view key;
  Value value;
};

struct Item {
  Value value;
  std::vector<Parameter> parameters;
};

/// A member of a list or dictionary: an item, or an inner list, whose parameters then are in `item` and whose
/// `item.value` means nothing.
struct Member {
  std::string_view key;  ///< empty in a list
  bool is_inner_list = false;
  Item item;
  std::vector<Item> inner;
};

/// Members in the order of their first appearance; of a key that comes twice the last value holds (section 4.2.2).
class Dictionary {
 public:
  /// By its lower-case key, whatever the case in which it was written; null if absent.
  const Member* find(std::string_view key) const;
  const std::vector<Member>& members() const { return members_; }
  bool empty() const { return members_.empty(); }
  /// Takes the member in; false at kMembersMax.
  bool put(Member member);

 private:
  std::vector<Member> members_;
};

/// Keys are lower case (section 3.1.2). Fields that are older than this RFC are written in any case.
enum class Keys : std::uint8_t { kLowerCase, kAnyCase };

/// Section 4.2. The members of one line are added to `out`: a field's lines are parsed one after another, in order.
/// False if the line is malformed; `out` then is to be thrown away. An empty line is well formed.
bool parse_dictionary(std::string_view line, Dictionary& out, Keys keys = Keys::kLowerCase);
bool parse_list(std::string_view line, std::vector<Member>& out);
std::optional<Item> parse_item(std::string_view text);

/// What a string of kind kString says, without its escapes.
std::string unescaped(std::string_view string_text);

}  // namespace headgate::wire::structured
