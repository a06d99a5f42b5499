#pragma once
#include <cstdint>
#include <string_view>

#include "wire/http/field.h"
#include "wire/http/method.h"

// What a message says, whichever version of HTTP carried it. All views point into the buffer that was parsed, or into
// the exchange's arena.
namespace headgate::wire::http {

/// RFC 9112 section 3.2. Authority-form (CONNECT) is refused before it gets here.
enum class TargetForm : std::uint8_t { kOrigin, kAbsolute, kAsterisk };

struct RequestHead {
  Method method = Method::kGet;
  TargetForm form = TargetForm::kOrigin;
  std::string_view method_text;
  /// Without port, as written: case and the brackets of IPv6 kept. Empty if none was sent (HTTP/1.0).
  std::string_view host;
  std::string_view port;       ///< digits after the host's colon; empty if none
  std::string_view authority;  ///< host and port as written
  std::string_view path;       ///< starts with '/', or is "*"; normalised (see parse_target)
  std::string_view query;      ///< after the '?', without it
  bool has_query = false;      ///< "/a?" has an empty query, "/a" has none
  bool secure_target = false;  ///< absolute-form with the scheme https
  Fields fields;               ///< as sent, Host included

  void clear() {
    fields.clear();
    method = Method::kGet;
    form = TargetForm::kOrigin;
    method_text = host = port = authority = path = query = {};
    has_query = secure_target = false;
  }
};

struct ResponseHead {
  std::uint16_t status = 200;
  std::string_view reason;  ///< as the upstream wrote it; empty: the standard phrase is sent
  Fields fields;

  void clear() {
    status = 200;
    reason = {};
    fields.clear();
  }
};

/// RFC 9110 section 6.4.1 and 15.3.5: responses that never have a body, whatever their fields say.
constexpr bool is_bodiless(std::uint16_t status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace headgate::wire::http
