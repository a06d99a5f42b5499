#pragma once
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "proxy/cache/rules/meta.h"
#include "proxy/cache/rules/policy.h"
#include "proxy/cache/rules/reason.h"
#include "wire/http/messages.h"

namespace headgate::proxy::cache::rules {

/// Whether the cache has anything to do with a request.
struct Asking {
  bool looks_up = false;              ///< what is stored may answer it
  bool stores = false;                ///< its answer may be stored; judge_storing() has the last word
  Reason reason = Reason::kNotThere;  ///< why not, where one of them is false
};

/// Before the cache is asked. A request with a body is not answered from it (RFC 9110 section 9.3.1: the meaning is the
/// origin's, and the key does not hold it), nor one with If-Match or If-Unmodified-Since, nor one that asks for another
/// protocol. The answer to a POST may be stored for later GETs (section 9.3.3).
Asking judge_request(const wire::http::RequestHead& request, bool has_body);

/// One request and its answer, as the client sent the one and the backend the other.
struct Fetched {
  const wire::http::RequestHead& request;
  const wire::http::ResponseHead& response;
  base::WallTime requested;  ///< when the request was sent
  base::WallTime received;   ///< when the answer's head had come
  bool has_request_body = false;
  bool secure = false;  ///< the request came over TLS
  /// The request's fields as its origin got them; null: as the client sent them.
  const wire::http::Fields* sent = nullptr;
};

struct Storing {
  bool store = false;
  Reason reason = Reason::kNotThere;
  Meta meta;  ///< also where it is not stored: what explain tells of age and lifetime
  /// Fields of this response that are not stored with it, beside those of is_never_stored(): named by Connection, or by
  /// no-cache="..." or private="...". Views into its fields.
  std::vector<std::string_view> left_out;
};

/// RFC 9111 section 3. For what is revalidated by a 304, `response` is the stored one with its fields updated (see
/// validation.h), and the times are those of the 304.
Storing judge_storing(const Fetched& fetched, const Policy& policy);

/// Fields that are never stored (section 3.1): those of one connection, of a proxy's authentication, and Age, which is
/// made anew each time.
bool is_never_stored(const wire::http::Field& field);
/// is_never_stored(), or left out by name.
bool is_stored(const wire::http::Field& field, const Storing& storing);

}  // namespace headgate::proxy::cache::rules
