#include "wire/structured/structured.h"

#include <utility>

#include "base/ascii.h"

namespace headgate::wire::structured {
namespace {

constexpr std::size_t kIntegerDigitsMax = 15;  // section 3.3.1
constexpr std::size_t kWholeDigitsMax = 12;    // section 3.3.2
constexpr std::size_t kFractionDigitsMax = 3;

constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_base64(char c) {
  return base::is_alpha(c) || base::is_digit(c) || c == '+' || c == '/' || c == '=';
}

/// One line, from the left. Every function that returns false leaves the parser where the fault is.
class Parser {
 public:
  Parser(std::string_view text, Keys keys) : left_(text), keys_(keys) {}

  void skip_spaces() {
    while (!left_.empty() && left_.front() == ' ') left_.remove_prefix(1);
  }
  bool at_end() const { return left_.empty(); }

  /// After a member: the end, or a comma and another member (a comma at the end is an error). Sets `has_more`.
  bool separator(bool& has_more) {
    skip_optional_space();
    has_more = !left_.empty();
    if (!has_more) return true;
    if (!take(',')) return false;
    skip_optional_space();
    return !left_.empty();
  }

  bool key(std::string_view& out) {
    std::size_t length = 0;
    while (length < left_.size() && is_key_char(left_[length])) ++length;
    if (length == 0 || (!is_letter(left_[0]) && left_[0] != '*')) return false;
    out = cut(length);
    return true;
  }

  bool dictionary_member(Member& out) {
    if (!key(out.key)) return false;
    if (take('=')) return member(out);
    out.item.value = Value{};
    return parameters(out.item.parameters);
  }

  bool member(Member& out) {
    if (left_.empty() || left_.front() != '(') return item(out.item);
    out.is_inner_list = true;
    return inner_list(out.inner) && parameters(out.item.parameters);
  }

  bool item(Item& out) { return bare_item(out.value) && parameters(out.parameters); }

 private:
  bool is_letter(char c) const { return is_lower(c) || (keys_ == Keys::kAnyCase && base::is_alpha(c)); }
  bool is_key_char(char c) const {
    return is_letter(c) || base::is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
  }
  void skip_optional_space() {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\t')) left_.remove_prefix(1);
  }
  bool take(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  std::string_view cut(std::size_t length) {
    const std::string_view out = left_.substr(0, length);
    left_.remove_prefix(length);
    return out;
  }

  bool inner_list(std::vector<Item>& out) {
    left_.remove_prefix(1);
    while (true) {
      skip_spaces();
      if (take(')')) return true;
      if (out.size() == kInnerItemsMax || !item(out.emplace_back())) return false;
      if (left_.empty() || (left_.front() != ' ' && left_.front() != ')')) return false;
    }
  }

  bool parameters(std::vector<Parameter>& out) {
    while (take(';')) {
      skip_spaces();
      Parameter parameter;
      if (!key(parameter.key)) return false;
      if (take('=') && !bare_item(parameter.value)) return false;
      Parameter* earlier = nullptr;
      for (Parameter& other : out) {
        if (other.key == parameter.key) earlier = &other;
      }
      if (earlier != nullptr) {
        *earlier = parameter;
      } else if (out.size() == kParametersMax) {
        return false;
      } else {
        out.push_back(parameter);
      }
    }
    return true;
  }

  bool bare_item(Value& out) {
    if (left_.empty()) return false;
    const char c = left_.front();
    if (c == '-' || base::is_digit(c)) return number(out);
    if (c == '"') return string(out);
    if (c == '*' || base::is_alpha(c)) return token(out);
    if (c == ':') return bytes(out);
    if (c == '?') return boolean(out);
    return false;
  }

  bool number(Value& out) {
    const bool is_negative = take('-');
    std::size_t whole = 0;
    std::int64_t value = 0;
    for (; whole < left_.size() && base::is_digit(left_[whole]); ++whole) {
      if (whole == kIntegerDigitsMax) return false;
      value = value * 10 + (left_[whole] - '0');
    }
    if (whole == 0) return false;
    left_.remove_prefix(whole);
    out.kind = Kind::kInteger;
    if (take('.')) {
      if (whole > kWholeDigitsMax) return false;
      std::size_t digits = 0;
      for (; digits < left_.size() && base::is_digit(left_[digits]); ++digits) {
        if (digits == kFractionDigitsMax) return false;
        value = value * 10 + (left_[digits] - '0');
      }
      if (digits == 0) return false;
      left_.remove_prefix(digits);
      for (; digits < kFractionDigitsMax; ++digits) value *= 10;
      out.kind = Kind::kDecimal;
    }
    out.number = is_negative ? -value : value;
    return true;
  }

  bool string(Value& out) {
    std::size_t at = 1;
    for (; at < left_.size() && left_[at] != '"'; ++at) {
      if (left_[at] < 0x20 || left_[at] > 0x7e) return false;  // bytes above 0x7f are negative here, or larger
      if (left_[at] != '\\') continue;
      if (++at == left_.size() || (left_[at] != '"' && left_[at] != '\\')) return false;
    }
    if (at >= left_.size() || at > kStringBytesMax) return false;
    out.kind = Kind::kString;
    out.text = left_.substr(1, at - 1);
    left_.remove_prefix(at + 1);
    return true;
  }

  bool token(Value& out) {
    std::size_t length = 1;
    while (length < left_.size() &&
           (base::is_token_char(left_[length]) || left_[length] == ':' || left_[length] == '/')) {
      ++length;
    }
    out.kind = Kind::kToken;
    out.text = cut(length);
    return true;
  }

  bool bytes(Value& out) {
    std::size_t at = 1;
    while (at < left_.size() && is_base64(left_[at])) ++at;
    if (at >= left_.size() || left_[at] != ':' || at > kStringBytesMax) return false;
    out.kind = Kind::kBytes;
    out.text = left_.substr(1, at - 1);
    left_.remove_prefix(at + 1);
    return true;
  }

  bool boolean(Value& out) {
    left_.remove_prefix(1);
    out.kind = Kind::kBoolean;
    if (take('1')) {
      out.boolean = true;
      return true;
    }
    out.boolean = false;
    return take('0');
  }

  std::string_view left_;
  Keys keys_;
};

/// A field's value with the spaces around it taken off (section 4.2 steps 2 and 6).
bool is_over(Parser& parser) {
  parser.skip_spaces();
  return parser.at_end();
}

}  // namespace

const Member* Dictionary::find(std::string_view key) const {
  for (const Member& member : members_) {
    if (base::equals_ignoring_case(member.key, key)) return &member;
  }
  return nullptr;
}

bool Dictionary::put(Member member) {
  for (Member& earlier : members_) {
    if (!base::equals_ignoring_case(earlier.key, member.key)) continue;
    earlier = std::move(member);
    return true;
  }
  if (members_.size() == kMembersMax) return false;
  members_.push_back(std::move(member));
  return true;
}

bool parse_dictionary(std::string_view line, Dictionary& out, Keys keys) {
  Parser parser(line, keys);
  bool has_more = !is_over(parser);
  while (has_more) {
    Member member;
    if (!parser.dictionary_member(member) || !out.put(std::move(member)) || !parser.separator(has_more)) return false;
  }
  return true;
}

bool parse_list(std::string_view line, std::vector<Member>& out) {
  Parser parser(line, Keys::kLowerCase);
  bool has_more = !is_over(parser);
  while (has_more) {
    if (out.size() == kMembersMax || !parser.member(out.emplace_back()) || !parser.separator(has_more)) return false;
  }
  return true;
}

std::optional<Item> parse_item(std::string_view text) {
  Parser parser(text, Keys::kLowerCase);
  Item out;
  parser.skip_spaces();
  if (!parser.item(out) || !is_over(parser)) return std::nullopt;
  return out;
}

std::string unescaped(std::string_view string_text) {
  std::string out;
  out.reserve(string_text.size());
  for (std::size_t i = 0; i < string_text.size(); ++i) {
    if (string_text[i] == '\\' && i + 1 < string_text.size()) ++i;
    out.push_back(string_text[i]);
  }
  return out;
}

}  // namespace headgate::wire::structured
