#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

// What a backend says of how busy it is, beside its answers or through an agent. All of these are words from outside:
// what is malformed gives nothing, never a part.
namespace headgate::wire::load_report {

/// A load: 0 is idle, 1 is all that there is. What is beyond 1 counts as 1.
using Load = double;

/// The value of an X-Load field: a number from 0 to 1 ("0.73", ".5", "1"), or a percentage from 0 to 100 ("73%",
/// "73.5 %"). Nothing for any other, also for "73", which could be either by mistake.
std::optional<Load> parse_x_load(std::string_view value);

/// The value of an Endpoint-Load-Metrics field, in whichever form of Open Request Cost Aggregation (ORCA): "TEXT
/// cpu_utilization=0.3,named_metrics.x=1" (also with ':' for '=', and without "TEXT "), "JSON {...}" (names as they
/// stand in the protocol or in lower camel case), "BIN " and base64 of the protocol buffer xds.data.orca.v3
/// .OrcaLoadReport. Of it, as in gRPC, application_utilization where it is above 0, else cpu_utilization. Nothing
/// without either, and for a negative or infinite one.
std::optional<Load> parse_orca(std::string_view value);

/// The value of an Endpoint-Load-Metrics-Bin field: the same in base64 alone, with or without padding.
std::optional<Load> parse_orca_binary(std::string_view value);

/// The longest value that is looked at.
inline constexpr std::size_t kReportBytesMax = 4096;

}  // namespace headgate::wire::load_report
