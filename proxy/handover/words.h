#pragma once

// What the two ends of a handover say to each other.
namespace headgate::proxy::handover {

inline constexpr const char* kVariable = "HEADGATE_HANDOVER";  ///< in the successor's environment: the two below
inline constexpr const char* kVariableValue = "3,4";
inline constexpr int kChannelFd = 3;  ///< where the successor finds its channel
inline constexpr int kStderrFd = 4;   ///< and what its stderr will be

// From the predecessor: the letter (its length, with a descriptor to read it from), sockets, and one of two words.
inline constexpr const char* kLetter = "letter";
inline constexpr const char* kSockets = "sockets";
inline constexpr const char* kGo = "go";
inline constexpr const char* kAbandon = "abandon";

// From the successor: "ready PID" and a line for each bind that is not taken, or "failed" and why; later "reopen".
inline constexpr const char* kReady = "ready ";
inline constexpr const char* kFailed = "failed ";
inline constexpr const char* kReopen = "reopen";

}  // namespace headgate::proxy::handover
