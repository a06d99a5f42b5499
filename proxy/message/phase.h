#pragma once
#include <cstdint>
#include <string_view>

namespace headgate::proxy::message {

/// What a client's connection, or the exchange on it, waits for: a suspended coroutine has no stack to look at. Set
/// before waiting, a byte's store; what never waits is never seen.
enum class Phase : std::uint8_t {
  kIdle,         ///< for a request
  kProxyHeader,  ///< for the PROXY header
  kHandshake,    ///< for the client's part of a TLS handshake
  kHead,         ///< for the rest of a request's head
  kAtWork,       ///< for nothing that has a name here
  kDisk,         ///< for the cache's disk
  kQueue,        ///< for a backend with room
  kConnect,      ///< for a connection to a backend
  kRequest,      ///< for a backend to take the request's head
  kBackend,      ///< for the head of a backend's answer
  kAnswer,       ///< for the client to take the answer, or for a backend to send more of it
  kTunnel,       ///< for either side of an upgraded connection
  kLinger,       ///< for the client to close after a refusal
};

constexpr std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kIdle:
      return "idle";
    case Phase::kProxyHeader:
      return "proxy header";
    case Phase::kHandshake:
      return "handshake";
    case Phase::kHead:
      return "head";
    case Phase::kAtWork:
      return "at work";
    case Phase::kDisk:
      return "disk";
    case Phase::kQueue:
      return "queue";
    case Phase::kConnect:
      return "connect";
    case Phase::kRequest:
      return "request";
    case Phase::kBackend:
      return "backend";
    case Phase::kAnswer:
      return "answer";
    case Phase::kTunnel:
      return "tunnel";
    case Phase::kLinger:
      return "linger";
  }
  return "unknown";
}

}  // namespace headgate::proxy::message
