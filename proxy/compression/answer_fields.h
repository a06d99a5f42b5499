#pragma once
#include "base/arena.h"
#include "wire/coding/coding.h"
#include "wire/http/messages.h"

// What compression does to the fields of an answer. Pure; texts that are made are in the arena.
namespace headgate::proxy::compression {

/// Adds Accept-Encoding to Vary, in one line, unless it is there or Vary is "*" (RFC 9110 section 12.5.5).
void add_vary(wire::http::Fields& fields, base::Arena& arena);

/// A strong entity tag becomes weak: two encodings of one representation are not equal byte by byte (section 8.8.1),
/// and nor are two runs of an encoder over pieces that came differently. A weak one, and what is none, stays.
void weaken_etag(wire::http::Fields& fields, base::Arena& arena);
bool is_strong_etag(std::string_view value);

/// Of an answer whose body becomes another: Content-Encoding; a weak ETag; what says something of the bytes as they
/// were is removed (Content-Length, Accept-Ranges, Content-MD5, Digest, Content-Digest, Repr-Digest).
void mark_encoded(wire::http::Fields& fields, wire::coding::Coding coding, base::Arena& arena);

/// Whether a field says something of the bytes of a body that compression makes untrue.
bool is_of_bytes(const wire::http::Field& field);

/// Turns a 200 into the 304 that a client gets who has this representation (RFC 9110 section 15.4.5): without the
/// fields that describe content.
void make_not_modified(wire::http::ResponseHead& head);

}  // namespace headgate::proxy::compression
