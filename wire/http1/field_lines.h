#pragma once
#include <cstddef>

#include "wire/http/field.h"
#include "wire/http1/head_parser.h"

namespace headgate::wire::http1 {

/// How far the parsing of a head has come: what is next, and the end of what there is.
struct Cursor {
  const char* next;
  const char* end;
  bool first_line_done = false;
};

ParseState refuse(Refusal& refusal, std::uint16_t status, std::string_view reason);

/// Field lines up to and with the empty line that ends them (RFC 9112 section 5), appended to `out`: those of a head
/// and those of a trailer section. Refuses with 400, or 431 for a line more than `fields_max`. On kDone the cursor
/// stands behind the empty line.
ParseState parse_field_lines(Cursor& in, std::size_t fields_max, http::Fields& out, Refusal& refusal);

}  // namespace headgate::wire::http1
