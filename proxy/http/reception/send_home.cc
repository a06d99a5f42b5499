#include "proxy/http/reception/send_home.h"

#include "proxy/http/reception/grpc_call.h"
#include "proxy/route/conditions.h"
#include "proxy/route/field_template.h"

namespace headgate::proxy::http::reception {

bool stays_whatever(const message::Request& request) {
  return request.wants_upgrade || request.head.method == wire::http::Method::kOptions || request.head.host.empty() ||
         is_grpc_call(request);
}

regions::Homes::Answer home_of(const message::Request& request, const regions::Homes& homes,
                               const regions::ServingMap& map, std::size_t pool) {
  return homes.answer(map, pool, request.where.of(request.client).index, route::without_root_dot(request.head.host));
}

std::string_view place_at_home(const message::Request& request, std::string_view host, base::Arena& arena) {
  return arena.concat({request.secure ? "https://" : "http://", host, route::uri_of(request.head, arena)});
}

}  // namespace headgate::proxy::http::reception
