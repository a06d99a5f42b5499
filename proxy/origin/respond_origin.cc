#include "proxy/origin/respond_origin.h"

namespace headgate::proxy::origin {

net::Task<base::Result<void>> RespondOrigin::respond(Call&, message::Response& response) const {
  response.head.status = settings_.status;
  if (has_body()) {
    response.head.fields.add(wire::http::FieldId::kContentType, settings_.type);
    response.text = settings_.body;
  }
  co_return base::Result<void>();
}

Outlook RespondOrigin::outlook(const message::Request&, base::Arena&) const {
  Outlook out;
  out.status = settings_.status;
  if (!has_body()) return out;
  out.fields.add(wire::http::FieldId::kContentType, settings_.type);
  out.body_bytes = settings_.body.size();
  return out;
}

}  // namespace headgate::proxy::origin
