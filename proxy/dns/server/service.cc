#include "proxy/dns/server/service.h"

#include "proxy/dns/server/connection.h"

namespace headgate::proxy::dns::server {

Moment Service::now() {
  const base::Time now = loop_.now();
  if (now - read_.steady >= std::chrono::seconds(1)) read_ = {now, base::wall_now()};
  return {now, read_.wall + (now - read_.steady)};
}

void Service::list_connections(const message::ConnectionQuery& query, message::ConnectionList& list) {
  for (Connection* each = connections_.first(); each != nullptr; each = connections_.next(*each)) {
    if (!each->matches(query)) continue;
    ++list.total;
    if (list.rows.size() < query.limit) list.rows.push_back(each->row());
  }
}

void Service::tell_leaving() {
  for (Connection* each = connections_.first(); each != nullptr; each = connections_.next(*each)) {
    each->leave_if_draining();
  }
}

}  // namespace headgate::proxy::dns::server
