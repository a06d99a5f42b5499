#include "proxy/origin/redirect_origin.h"

#include "config/placeholders.h"

namespace headgate::proxy::origin {

using route::Variable;

base::Result<std::shared_ptr<const RedirectOrigin>> RedirectOrigin::compile(const config::RedirectOrigin& settings) {
  base::Result<route::FieldTemplate> to = route::FieldTemplate::compile(settings.to, config::redirect_placeholders());
  if (!to) return to.error();
  return std::shared_ptr<const RedirectOrigin>(new RedirectOrigin(settings, std::move(*to)));
}

std::string_view RedirectOrigin::location_of(const message::Request& request, base::Arena& arena) const {
  const wire::http::RequestHead& head = request.head;
  route::Variables values;
  values.set(Variable::kUri, route::uri_of(head, arena));
  values.set(Variable::kHost, head.host);
  values.set(Variable::kPath, head.path);
  values.set(Variable::kQuery, head.query);
  values.set(Variable::kScheme, request.secure ? "https" : "http");
  return to_.expand(values, arena);
}

void RedirectOrigin::fill_head(std::string_view location, wire::http::Fields& fields) const {
  fields.add(wire::http::FieldId::kLocation, location);
  fields.add(wire::http::FieldId::kContentType, "text/plain; charset=utf-8");
}

net::Task<base::Result<void>> RedirectOrigin::respond(Call& call, message::Response& response) const {
  const std::string_view location = location_of(call.request, call.arena);
  response.head.status = settings_.status;
  fill_head(location, response.head.fields);
  response.text = call.arena.concat({"See ", location, "\n"});
  co_return base::Result<void>();
}

Outlook RedirectOrigin::outlook(const message::Request& request, base::Arena& arena) const {
  Outlook out;
  out.status = settings_.status;
  fill_head(location_of(request, arena), out.fields);
  return out;
}

}  // namespace headgate::proxy::origin
