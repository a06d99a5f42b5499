#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::wire::grpc {

/// What a call came to (gRPC's statuscodes.md).
enum class Status : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "UNAVAILABLE"
std::string_view to_string(Status status);
/// The value of a grpc-status field; nothing if it is no number of the list.
std::optional<Status> parse_status(std::string_view text);
/// What an answer of HTTP means to who made a call (gRPC's http-grpc-status-mapping.md).
Status status_of_http(std::uint16_t http_status);

/// A text as grpc-message carries it: everything but printable ASCII, and the percent sign, is percent-encoded.
std::string encoded_message(std::string_view text);

/// "application/grpc" and what may stand behind it (";", "+proto", "-web").
constexpr bool is_grpc(std::string_view content_type) {
  return content_type.starts_with("application/grpc");
}

}  // namespace headgate::wire::grpc
