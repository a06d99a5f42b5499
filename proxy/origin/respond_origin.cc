#include "proxy/origin/respond_origin.h"

namespace headgate::proxy::origin {

net::Task<base::Result<void>> RespondOrigin::respond(Call&, message::Response& response) const {
  response.head.status = settings_.status;
  if (!wire::http::is_bodiless(settings_.status)) {
    response.head.fields.add(wire::http::FieldId::kContentType, settings_.type);
    response.text = settings_.body;
  }
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::origin
