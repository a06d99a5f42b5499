#include "wire/grpc/health.h"

#include <array>
#include <cstddef>

namespace headgate::wire::grpc {
namespace {

constexpr std::array<std::string_view, 4> kHealthNames = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};

/// Wire types of Protocol Buffers.
constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kFixed64 = 1;
constexpr std::uint64_t kBytes = 2;
constexpr std::uint64_t kFixed32 = 5;

void append_varint(std::string& out, std::uint64_t value) {
  while (value > 0x7f) {
    out += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

/// Takes a number from the front; nothing if it is cut off or longer than ten bytes.
std::optional<std::uint64_t> take_varint(std::string_view& from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < from.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(from[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    from.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

/// Passes over the value of a field; false if it is cut off or of a kind that is not there.
bool skip_value(std::string_view& from, std::uint64_t wire_type) {
  std::optional<std::uint64_t> bytes;
  if (wire_type == kVarint) return take_varint(from).has_value();
  if (wire_type == kFixed64) bytes = 8;
  if (wire_type == kFixed32) bytes = 4;
  if (wire_type == kBytes) bytes = take_varint(from);
  if (!bytes || *bytes > from.size()) return false;
  from.remove_prefix(*bytes);
  return true;
}

}  // namespace

std::string_view to_string(ServingStatus status) {
  return kHealthNames[static_cast<std::size_t>(status)];
}

std::string health_request(std::string_view service) {
  std::string out;
  if (service.empty()) return out;  // the default of a field is left out
  append_varint(out, 1 << 3 | kBytes);
  append_varint(out, service.size());
  out += service;
  return out;
}

std::optional<ServingStatus> parse_health_response(std::string_view message) {
  std::uint64_t status = 0;
  while (!message.empty()) {
    const std::optional<std::uint64_t> tag = take_varint(message);
    if (!tag) return std::nullopt;
    if (*tag != (1 << 3 | kVarint)) {
      if (!skip_value(message, *tag & 7)) return std::nullopt;
      continue;
    }
    const std::optional<std::uint64_t> value = take_varint(message);
    if (!value) return std::nullopt;
    status = *value;
  }
  if (status >= kHealthNames.size()) return std::nullopt;
  return static_cast<ServingStatus>(status);
}

}  // namespace headgate::wire::grpc
