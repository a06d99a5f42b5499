#pragma once
#include <cstdint>
#include <string_view>

namespace headgate::wire::http {

/// The methods that headgate itself treats in a special way; any other token is kOther and forwarded as it came.
enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kDelete,
  kConnect,
  kOptions,
  kTrace,
  kPatch,
  kPurge,
  kOther
};

/// Case matters (RFC 9110 section 9.1).
Method method_from(std::string_view token);

/// RFC 9110 section 9.2.1: asks for no change of state.
constexpr bool is_safe(Method m) {
  return m == Method::kGet || m == Method::kHead || m == Method::kOptions || m == Method::kTrace;
}
/// RFC 9110 section 9.2.2: sent twice has the effect of sent once, so it may be sent again.
constexpr bool is_idempotent(Method m) {
  return is_safe(m) || m == Method::kPut || m == Method::kDelete;
}

}  // namespace headgate::wire::http
