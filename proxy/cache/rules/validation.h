#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "proxy/cache/rules/meta.h"
#include "proxy/cache/rules/policy.h"
#include "proxy/message/semantics/preconditions.h"
#include "wire/http/messages.h"

// Conditional requests, both ways (RFC 9111 section 4.3).
//
//     revalidating:  make_conditional(request.fields, condition_of(stored.fields, meta)); ask the origin
//                    304 and is_freshened_by(stored.fields, meta, answer.fields):
//                      freshen(stored.fields, answer.fields, policy); judge_storing() of the stored head, with the new
//                      times
//                    304 that does not: ask once more, without conditions; any other answer: it is the answer
namespace headgate::proxy::cache::rules {

/// Section 4.3.2: what a stored response that may be reused answers to the request's own conditions: kNotModified, a
/// 304 with the fields of is_in_not_modified(); kIgnoreRange, the whole; else kProceed. Only 200 and 206 are
/// conditional (RFC 9110 section 13.2.1). `stored`: its fields.
message::semantics::Precondition evaluate_conditions(const wire::http::RequestHead& request,
                                                     const wire::http::Fields& stored, const Meta& meta,
                                                     base::WallTime now);

/// RFC 9110 section 15.4.5: whether a field of the stored response stands in a 304; what is about its content does not.
bool is_in_not_modified(const wire::http::Field& field);

/// By what a stored response is revalidated (section 4.3.1). Views into its fields; both empty: it can not be.
struct Condition {
  std::string_view etag;
  std::string_view last_modified;
};
Condition condition_of(const wire::http::Fields& stored, const Meta& meta);

/// Puts the cache's condition in place of the client's: with it a 304 speaks of what is stored. A Range goes too, so
/// that what else may come is the whole.
void make_conditional(wire::http::Fields& request, const Condition& condition);

/// Section 4.3.4: whether a 304 to a request with condition_of() is about what is stored. Not if it names another ETag
/// or another Last-Modified.
bool is_freshened_by(const wire::http::Fields& stored, const wire::http::Fields& not_modified);

/// Sections 3.2 and 4.3.4: the stored fields with those of the 304 in place of their namesakes. Kept as they are: what
/// is about the stored bytes (Content-Length, Content-Encoding, Content-Range, digests) and its ETag. Not taken: what
/// is never stored, but for Age, which counts when the result is judged; what Connection names; and Set-Cookie, unless
/// the policy stores it: it is for the client that asked. Views of both.
void freshen(wire::http::Fields& stored, const wire::http::Fields& not_modified, const Policy& policy);

/// Section 4.3.5: what an answer to HEAD says of the GET response that is stored.
enum class HeadEffect : std::uint8_t {
  kNone,        ///< nothing: it is no 200
  kFreshens,    ///< the same validators and length: freshen() with its fields
  kInvalidates  ///< what is stored is not what is there now
};
HeadEffect effect_of_head(const wire::http::Fields& stored, const wire::http::ResponseHead& answer);

}  // namespace headgate::proxy::cache::rules
