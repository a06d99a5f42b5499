#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "config/placeholders.h"
#include "wire/http/messages.h"

namespace headgate::proxy::route {

/// What a {name} in a text can stand for. Which names may stand where is config's (config/placeholders.h).
enum class Variable : std::uint8_t {
  kClient,
  kHost,
  kUri,
  kPath,
  kQuery,
  kScheme,
  kMethod,
  kRoute,
  kListener,
  kRequestId,
  kRegion,
  kCountry,
  kAsn,
  kTlsVersion,
  kTlsCipher,
  kSni,
  kTlsClientVerified,
  kTlsClientSubject,
  kTlsClientIssuer,
  kTlsClientSerial,
  kTlsClientFingerprint,
  kBackend,
  kCount,
};
static_assert(static_cast<int>(Variable::kCount) <= 32);
constexpr std::uint32_t bit(Variable variable) {
  return std::uint32_t{1} << static_cast<int>(variable);
}

/// Of those that tell where the client is.
inline constexpr std::uint32_t kPlaceVariables = bit(Variable::kRegion) | bit(Variable::kCountry) | bit(Variable::kAsn);

/// Of the variables that tell of the client's TLS.
inline constexpr std::uint32_t kTlsVariables = bit(Variable::kBackend) - bit(Variable::kTlsVersion);

/// "request_id" for kRequestId.
std::string_view name_of(Variable variable);

/// The values of one exchange. What is not set is empty.
class Variables {
 public:
  void set(Variable variable, std::string_view value) { values_[static_cast<std::size_t>(variable)] = value; }
  std::string_view operator[](Variable variable) const { return values_[static_cast<std::size_t>(variable)]; }

 private:
  std::array<std::string_view, static_cast<std::size_t>(Variable::kCount)> values_{};
};

/// A text with {names}, cut up once, filled in per request. Serves header rules and redirects. Immutable.
class FieldTemplate {
 public:
  /// `names` is one of the lists of config/placeholders.h; a name that is not in it is an error that lists them.
  static base::Result<FieldTemplate> compile(std::string_view text, std::span<const std::string_view> names);

  /// A bit for each variable it holds: what it does not use need not be set.
  std::uint32_t uses() const { return uses_; }

  /// The text with the values in place of the names. CR, LF and NUL in a value are left out, so that no value ends a
  /// field line. Taken from `arena`, unless there are no names: then the text is this object's own.
  std::string_view expand(const Variables& variables, base::Arena& arena) const;

  /// Calls `put(text, is_value)` for literals and values in turn, values as they are: for texts with their own
  /// escaping.
  template <class Put>
  void for_each_part(const Variables& variables, Put put) const {
    for (const Part& part : parts_) {
      if (!part.literal.empty()) put(std::string_view(part.literal), false);
      if (part.variable != Variable::kCount) put(variables[part.variable], true);
    }
  }

 private:
  struct Part {
    std::string literal;
    Variable variable = Variable::kCount;  // kCount: none
  };
  std::vector<Part> parts_;
  std::uint32_t uses_ = 0;
};

/// The value of {uri}: path, '?' and query. Copied only if they do not stand in one buffer as they came.
std::string_view uri_of(const wire::http::RequestHead& head, base::Arena& arena);

}  // namespace headgate::proxy::route
