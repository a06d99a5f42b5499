#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "proxy/message/message.h"
#include "proxy/regions/homes.h"

// `send_home`: whose client is served by another region is told to go there. Exchanges and explanations ask the same.
namespace headgate::proxy::http::reception {

/// Whether a request is one whose client would not follow: an upgrade (browsers follow none), a preflight of CORS
/// (which must not be redirected) or another OPTIONS, a call of gRPC.
bool stays_whatever(const message::Request& request);

/// What becomes of the request, on a route whose pool is that; one that stays is served here.
regions::Homes::Answer home_of(const message::Request& request, const regions::Homes& homes,
                               const regions::ServingMap& map, std::size_t pool);
/// The same request there: scheme, path and query stay.
std::string_view place_at_home(const message::Request& request, std::string_view host, base::Arena& arena);

}  // namespace headgate::proxy::http::reception
