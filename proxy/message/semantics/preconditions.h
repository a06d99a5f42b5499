#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/http/messages.h"

namespace headgate::proxy::message::semantics {

/// What is known of the representation that would be sent.
struct Validators {
  std::string_view etag;                      ///< as in the field: "x" or W/"x", quotes included; empty: none
  std::optional<std::int64_t> last_modified;  ///< seconds since 1970
  bool exists = true;  ///< whether there is a representation at all, for If-Match: * and the like
};

enum class Precondition : std::uint8_t {
  kProceed,      ///< answer as if there had been none, ranges included
  kIgnoreRange,  ///< answer 200 with the whole: If-Range did not hold
  kNotModified,  ///< answer 304
  kFailed,       ///< answer 412
};

/// RFC 9110 section 13.2.2: If-Match, else If-Unmodified-Since; If-None-Match, else If-Modified-Since; then If-Range.
/// For a request that would otherwise be answered with 200 (or 206). Dates that can not be read count as not sent, and
/// so does a date where `last_modified` is unknown. `now_seconds` is the time at which the validators were read.
Precondition evaluate_preconditions(const wire::http::RequestHead& head, const Validators& validators,
                                    std::int64_t now_seconds);

/// RFC 9111 section 4.3.2: the same for a stored response. If-Match and If-Unmodified-Since are not asked (they are for
/// the origin: RFC 9110 section 13.1.1); where `last_modified` is unknown, `dated`, the response's Date or the time at
/// which it was received, takes its place for If-Modified-Since, but not for If-Range, which wants certainty.
Precondition evaluate_preconditions_of_stored(const wire::http::RequestHead& head, const Validators& validators,
                                              std::int64_t dated, std::int64_t now_seconds);

/// RFC 9110 section 8.8.3.2. Both as written in fields; what is no entity tag equals nothing.
bool equal_strongly(std::string_view a, std::string_view b);
bool equal_weakly(std::string_view a, std::string_view b);

}  // namespace headgate::proxy::message::semantics
