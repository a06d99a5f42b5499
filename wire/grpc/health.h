#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The two messages of grpc.health.v1.Health/Check (gRPC's health-checking.md), each a message of one field: no more of
// Protocol Buffers is needed than its tags, numbers and lengths.
namespace headgate::wire::grpc {

inline constexpr std::string_view kHealthCheckPath = "/grpc.health.v1.Health/Check";

enum class ServingStatus : std::uint8_t { kUnknown = 0, kServing = 1, kNotServing = 2, kServiceUnknown = 3 };
/// "NOT_SERVING"
std::string_view to_string(ServingStatus status);

/// HealthCheckRequest with this service.
std::string health_request(std::string_view service);
/// The status in a HealthCheckResponse; fields that are not known are passed over. Nothing if it is malformed or the
/// status none of the list.
std::optional<ServingStatus> parse_health_response(std::string_view message);

}  // namespace headgate::wire::grpc
