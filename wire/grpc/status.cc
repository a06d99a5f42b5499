#include "wire/grpc/status.h"

#include <array>

#include "base/ascii.h"

namespace headgate::wire::grpc {
namespace {

constexpr std::array<std::string_view, 17> kStatusNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

std::string_view to_string(Status status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::optional<Status> parse_status(std::string_view text) {
  const std::optional<std::uint8_t> number = base::parse_decimal<std::uint8_t>(text);
  if (!number || *number >= kStatusNames.size()) return std::nullopt;
  return static_cast<Status>(*number);
}

Status status_of_http(std::uint16_t http_status) {
  switch (http_status) {
    case 400:
      return Status::kInternal;
    case 401:
      return Status::kUnauthenticated;
    case 403:
      return Status::kPermissionDenied;
    case 404:
      return Status::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Status::kUnavailable;
    default:
      return Status::kUnknown;
  }
}

std::string encoded_message(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x20 && byte <= 0x7e && byte != '%') {
      out += each;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace headgate::wire::grpc
