#include "wire/dns/name.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "base/ascii.h"

namespace headgate::wire::dns {
namespace {

base::Error refused(std::string_view text, std::string_view why) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, fmt::format("'{}' is no domain name: {}", text, why)};
}

/// The byte that "\X" or "\DDD" stands for, and how long that was; nothing if it is neither.
std::optional<std::pair<char, std::size_t>> escaped(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  if (!base::is_digit(text[1])) return std::pair(text[1], std::size_t{2});
  int value = 0;
  if (text.size() < 4) return std::nullopt;
  for (const char digit : text.substr(1, 3)) {
    if (!base::is_digit(digit)) return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  if (value > 255) return std::nullopt;
  return std::pair(static_cast<char>(value), std::size_t{4});
}

void append_label_text(std::string_view label, std::string& out) {
  for (const char c : label) {
    if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '@' || c == '$' || c == '(' || c == ')') {
      out += '\\';
      out += c;
    } else if (c > ' ' && c < 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    }
  }
}

/// As base::to_lower does, eight at once: of bytes below 128, those that reach 128 when what 'A' lacks of it is added
/// and do not when what 'Z' and one lack is.
void lower_eight(const char* in, char* out) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t bytes;
  std::memcpy(&bytes, in, sizeof bytes);
  const std::uint64_t lower_bits = bytes & kOnes * 0x7f;
  const std::uint64_t from_a = lower_bits + kOnes * (0x80 - 'A');
  const std::uint64_t over_z = lower_bits + kOnes * (0x7f - 'Z');
  const std::uint64_t is_upper = (from_a ^ over_z) & ~bytes & kOnes * 0x80;
  bytes |= is_upper >> 2;
  std::memcpy(out, &bytes, sizeof bytes);
}

}  // namespace

base::Result<Name> Name::parse(std::string_view text) {
  if (text == ".") return Name();
  if (text.empty()) return refused(text, "it is empty");
  std::string wire(1, '\0');
  std::size_t label_at = 0;  // where the length of the label stands that is being read
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '.') {
      if (wire[label_at] == '\0') return refused(text, "a label is empty");
      label_at = wire.size();
      wire += '\0';
      ++at;
      continue;
    }
    char c = text[at];
    std::size_t length = 1;
    if (c == '\\') {
      const auto meant = escaped(text.substr(at));
      if (!meant) return refused(text, "'\\' stands before one character, or three digits up to 255");
      std::tie(c, length) = *meant;
    }
    if (static_cast<std::size_t>(wire[label_at]) == kLabelBytesMax) return refused(text, "a label is over 63 bytes");
    ++wire[label_at];
    wire += base::to_lower(c);
    at += length;
  }
  if (wire[label_at] != '\0') wire += '\0';
  if (wire.size() > kNameBytesMax) return refused(text, "it is over 255 bytes");
  return Name(std::move(wire));
}

std::optional<Name> Name::take(std::string_view bytes) {
  const std::size_t length = name_bytes(bytes);
  if (length == 0) return std::nullopt;
  std::string wire(length, '\0');
  lower_name(bytes.substr(0, length), wire.data());
  return Name(std::move(wire));
}

std::string Name::text() const {
  return name_text(wire_);
}

std::size_t Name::labels() const {
  std::size_t count = 0;
  for (std::size_t at = 0; wire_[at] != '\0'; at += 1 + static_cast<std::size_t>(wire_[at])) ++count;
  return count;
}

Name Name::parent() const {
  return is_root() ? Name() : Name(wire_.substr(1 + static_cast<std::size_t>(wire_[0])));
}

std::optional<Name> Name::child(std::string_view label) const {
  if (label.empty() || label.size() > kLabelBytesMax || 1 + label.size() + wire_.size() > kNameBytesMax) {
    return std::nullopt;
  }
  return Name(static_cast<char>(label.size()) + base::lowered(label) + wire_);
}

bool is_within(std::string_view name, std::string_view zone) {
  if (name.size() < zone.size()) return false;
  const std::size_t start = name.size() - zone.size();
  // The end of a label may look like the beginning of another name: only where a label begins does one end the other.
  std::size_t at = 0;
  while (at < start) at += 1 + static_cast<std::size_t>(name[at]);
  return at == start && name.substr(at) == zone;
}

std::size_t name_bytes(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && at < kNameBytesMax) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
    ++at;
    if (length == 0) return at;
    if (length > kLabelBytesMax) return 0;
    at += length;
  }
  return 0;
}

std::string name_text(std::string_view wire) {
  if (wire.size() <= 1) return ".";
  std::string out;
  for (std::size_t at = 0; wire[at] != '\0';) {
    const auto length = static_cast<std::size_t>(wire[at]);
    if (!out.empty()) out += '.';
    append_label_text(wire.substr(at + 1, length), out);
    at += 1 + length;
  }
  return out;
}

void lower_name(std::string_view wire, char* out) {
  constexpr std::size_t kAtOnce = sizeof(std::uint64_t);
  if (wire.size() < kAtOnce) {
    for (std::size_t at = 0; at < wire.size(); ++at) out[at] = base::to_lower(wire[at]);
    return;
  }
  std::size_t at = 0;
  for (; at + kAtOnce <= wire.size(); at += kAtOnce) lower_eight(wire.data() + at, out + at);
  if (at < wire.size()) lower_eight(wire.data() + wire.size() - kAtOnce, out + wire.size() - kAtOnce);
}

}  // namespace headgate::wire::dns
