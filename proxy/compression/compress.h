#pragma once
#include "base/arena.h"
#include "proxy/compression/compressed_body.h"
#include "proxy/compression/counters.h"
#include "proxy/compression/rules.h"
#include "proxy/message/message.h"
#include "proxy/message/record.h"

namespace headgate::proxy::compression {

/// A body that is at hand and no longer than this is compressed at once, and sent with its length; it counts as two
/// slices at most.
inline constexpr std::size_t kWholeBytesMax = 2 * Turns::kSliceBytes;

/// One answer, between its origin and its client.
struct Job {
  const Rules& rules;
  wire::coding::Coding wanted;  ///< rules.coding_for() of the fields that the client sent
  Workshop& workshop;
  Counters& counters;
  base::Arena& arena;
  message::Record& record;
};

/// Makes the answer what its client is to get: its body in a coding, or as it is, and the fields to go with it. Never
/// waits. Answers to HEAD get the fields that GET would, except for the length.
///
/// A 200 whose client has that representation under the weak entity tag that compressing gave it becomes 304: whoever
/// made the answer compares tags byte by byte, and did not know its own again.
void compress(const Job& job, const message::Request& request, message::Response& response);

}  // namespace headgate::proxy::compression
