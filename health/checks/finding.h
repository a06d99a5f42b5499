#pragma once
#include <cstdint>
#include <string>

namespace headgate::health::checks {

/// What one check says of a backend.
enum class Verdict : std::uint8_t {
  kPassed,
  kFailed,
  kUndecided,  ///< headgate itself could not check (out of descriptors or ports): no word about the backend
};

/// The result of one check, with a text for people: "HTTP 503 from /healthz", "connect to 10.0.0.1:80: Connection
/// refused".
struct Finding {
  Verdict verdict = Verdict::kUndecided;
  std::string text;
};

}  // namespace headgate::health::checks
