#pragma once
#include <cstdint>
#include <optional>

namespace headgate::proxy::balance {

class Backend;

/// What a request wants of its pool. It is made once for an exchange and goes with each attempt.
struct Wish {
  /// It was tried before and is taken only if there is no other; such a call is a retry, and not counted as a request.
  const Backend* avoid = nullptr;
  /// A hash of what the request is told apart by, where the pool chooses by hash; without one any backend will do
  /// there, by weight.
  std::optional<std::uint64_t> key = std::nullopt;
  /// The identity of the backend that has its session; 0: none. While that may keep sessions (it is up or draining, or
  /// panic has it used) nobody else is taken, and where it has its max_requests the request waits for it.
  std::uint64_t stay = 0;
  /// The client's region (region/views.h), where the pool prefers backends by that; 0: it has none, and the instance's
  /// counts.
  std::uint64_t region = 0;
};

}  // namespace headgate::proxy::balance
