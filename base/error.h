#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::base {

/// What went wrong, coarsely enough to act on: retry policy and status codes are chosen by it.
enum class ErrorKind : std::uint8_t {
  kTimeout,      ///< a deadline passed
  kEof,          ///< the peer closed in good order, but too early
  kReset,        ///< the peer cut the connection
  kRefused,      ///< nobody listens there
  kUnreachable,  ///< no route, no such name
  kTooLarge,     ///< a bound of ours was exceeded
  kMalformed,    ///< bytes that the protocol forbids
  kUnavailable,  ///< nothing fit to do the work: no healthy backend, a full queue
  kExhausted,    ///< out of descriptors, memory or ports
  kSystem,       ///< any other failed system call
  kInvalid,      ///< what a user wrote cannot be used
};

/// Whose fault it is. Feeds the log and the metrics.
enum class Fault : std::uint8_t { kClient, kUpstream, kHeadgate, kUser };

/// An error is a value: what kind, whose fault, and one sentence that names the place and, where there is one, the
/// remedy.
struct Error {
  ErrorKind kind = ErrorKind::kSystem;
  Fault fault = Fault::kHeadgate;
  std::string message;
};

std::string_view to_string(ErrorKind kind);
std::string_view to_string(Fault fault);

/// An Error for a failed system call: `what` says what was tried ("bind 0.0.0.0:80"), the kind follows errno.
Error system_error(int errno_value, std::string_view what, Fault fault = Fault::kHeadgate);

}  // namespace headgate::base
