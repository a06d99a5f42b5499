#include "proxy/origin/redirect_origin.h"

#include "config/placeholders.h"

namespace headgate::proxy::origin {

using route::Variable;

base::Result<std::shared_ptr<const RedirectOrigin>> RedirectOrigin::compile(const config::RedirectOrigin& settings) {
  base::Result<route::FieldTemplate> to = route::FieldTemplate::compile(settings.to, config::redirect_placeholders());
  if (!to) return to.error();
  return std::shared_ptr<const RedirectOrigin>(new RedirectOrigin(settings, std::move(*to)));
}

net::Task<base::Result<void>> RedirectOrigin::respond(Call& call, message::Response& response) const {
  const wire::http::RequestHead& head = call.request.head;
  route::Variables values;
  values.set(Variable::kUri, route::uri_of(head, call.arena));
  values.set(Variable::kHost, head.host);
  values.set(Variable::kPath, head.path);
  values.set(Variable::kQuery, head.query);
  values.set(Variable::kScheme, call.request.secure ? "https" : "http");
  const std::string_view location = to_.expand(values, call.arena);
  response.head.status = settings_.status;
  response.head.fields.add(wire::http::FieldId::kLocation, location);
  response.head.fields.add(wire::http::FieldId::kContentType, "text/plain; charset=utf-8");
  response.text = call.arena.concat({"See ", location, "\n"});
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::origin
