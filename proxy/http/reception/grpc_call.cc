#include "proxy/http/reception/grpc_call.h"

#include <optional>

#include "proxy/http/reception/steps.h"
#include "wire/grpc/timeout.h"

namespace headgate::proxy::http::reception {

base::Time deadline_of_grpc(const message::Request& request, base::Time start) {
  const wire::http::Field* const field = request.head.fields.find("grpc-timeout");
  if (field == nullptr) return base::kNever;
  const std::optional<base::Duration> timeout = wire::grpc::parse_timeout(field->value);
  return timeout ? start + *timeout : base::kNever;
}

void answer_as_grpc(message::Response& response, wire::grpc::Status status, std::string_view message,
                    base::Arena& arena) {
  response.head.status = 200;
  response.head.reason = {};
  response.text = {};
  response.head.fields.set(wire::http::FieldId::kContentType, "application/grpc");
  response.head.fields.add("grpc-status", decimal(static_cast<std::uint64_t>(status), arena));
  response.head.fields.add("grpc-message", arena.copy(wire::grpc::encoded_message(message)));
}

}  // namespace headgate::proxy::http::reception
