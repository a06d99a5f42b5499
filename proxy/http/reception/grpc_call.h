#pragma once
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "proxy/message/message.h"
#include "wire/grpc/status.h"

// Calls of gRPC: requests by whose rules a client wants to be answered even where no backend answers it.
namespace headgate::proxy::http::reception {

inline bool is_grpc_call(const message::Request& request) {
  return request.head.fields.has(wire::http::FieldId::kContentType) &&
         wire::grpc::is_grpc(request.head.fields.value_of(wire::http::FieldId::kContentType));
}

/// When the caller gives up, by its grpc-timeout counted from `start`; kNever without one that can be read.
base::Time deadline_of_grpc(const message::Request& request, base::Time start);

/// Of any request; costs one test where it is no call.
inline base::Time call_deadline_of(const message::Request& request, base::Time start) {
  return is_grpc_call(request) ? deadline_of_grpc(request, start) : base::kNever;
}

/// Makes a "Trailers-Only" answer of the answer of headgate's own that is in `response`: HTTP 200, the status of the
/// call in its head and no body (gRPC's PROTOCOL-HTTP2).
void answer_as_grpc(message::Response& response, wire::grpc::Status status, std::string_view message,
                    base::Arena& arena);

}  // namespace headgate::proxy::http::reception
