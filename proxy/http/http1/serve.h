#pragma once
#include <memory>
#include <optional>

#include "net/task.h"
#include "proxy/http/client_connection.h"

namespace headgate::net {
template <class T>
class CancellableAwaiter;
}

namespace headgate::proxy::http::http1 {

/// One request over HTTP/1 and its answer, from its head to its end.
///
///     ServingOwner serving = serve_one(connection, goes_on);   // all that needs no waiting
///     if (serving != nullptr && is_under_way(*serving)) {
///       const std::optional<bool> delivered = co_await rest_of(*serving);
///       goes_on = end(*serving, delivered);
///     } else if (serving != nullptr) {
///       goes_on = co_await serve_slowly(std::move(serving));
///     }
///
/// So what has all that it needs at hand, as a hit of the cache does, is answered without a coroutine, and the usual
/// way to a backend has none between the connection's and the exchange's.
class Serving;
struct ServingDeleter {
  void operator()(Serving* serving) const;
};
using ServingOwner = std::unique_ptr<Serving, ServingDeleter>;

/// The request's first bytes are unread on the connection. Null if it has been answered, and `goes_on` then says
/// whether the connection may carry another one.
ServingOwner serve_one(ClientConnection& connection, bool& goes_on);
/// It has begun, and rest_of() is what is left.
bool is_under_way(const Serving& serving);
net::CancellableAwaiter<bool>& rest_of(Serving& serving);
/// Whether the connection may carry another one. `delivered`: as rest_of() gave it.
bool end(Serving& serving, std::optional<bool> delivered);
/// A request whose head is not there yet, or that is refused. Gives what end() does.
net::Task<bool> serve_slowly(ServingOwner serving);

}  // namespace headgate::proxy::http::http1
