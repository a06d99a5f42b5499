#pragma once
#include "wire/http1/head_parser.h"

namespace headgate::wire::http1 {

/// Fills framing, content length, keep_alive, expect_continue and upgrade of `hop` from the fields (RFC 9112
/// sections 6.3 and 9.3, RFC 9110 section 10.1.1); its minor_version must be set. False fills `refusal`.
bool frame_request(const http::Fields& fields, Hop& hop, Refusal& refusal);

/// The same for a response with that status to a request of that method.
bool frame_response(const http::Fields& fields, std::uint16_t status, http::Method request_method, Hop& hop,
                    Refusal& refusal);

}  // namespace headgate::wire::http1
