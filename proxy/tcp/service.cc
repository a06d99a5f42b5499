#include "proxy/tcp/service.h"

#include "proxy/tcp/connection.h"

namespace headgate::proxy::tcp {

void Service::list_connections(const message::ConnectionQuery& query, message::ConnectionList& list) {
  for (Connection* each = connections_.first(); each != nullptr; each = connections_.next(*each)) {
    if (!each->matches(query)) continue;
    ++list.total;
    if (list.rows.size() < query.limit) list.rows.push_back(each->row());
  }
}

}  // namespace headgate::proxy::tcp
