#pragma once
#include <span>
#include <string_view>

#include "wire/coding/coding.h"
#include "wire/http/field.h"

namespace headgate::wire::coding {

/// Which coding the answer to these request fields should have (RFC 9110 section 12.5.3): the one of `offered` with the
/// highest weight, the earlier of two alike. kIdentity where there is no Accept-Encoding, where it accepts none of
/// them, and where it says that it wants identity more.
///
/// All Accept-Encoding lines count as one list. Names are compared without case; x-gzip is gzip; '*' weighs what is not
/// named; of a coding named twice the first counts. A member whose weight is no qvalue (0 to 1, at most three decimals)
/// is as if it were not there. identity;q=0 with nothing else that fits still gets identity, as the section allows.
Coding choose_coding(const http::Fields& fields, std::span<const Coding> offered);

}  // namespace headgate::wire::coding
