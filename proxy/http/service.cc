#include "proxy/http/service.h"

#include "proxy/http/client_connection.h"
#include "proxy/http/exchange.h"
#include "proxy/regions/claims.h"
#include "proxy/regions/regions_share.h"

namespace headgate::proxy::http {

WorkerSite::WorkerSite(std::shared_ptr<const Site> site, std::vector<std::shared_ptr<balance::WorkerPool>> pools,
                       std::size_t worker)
    : site_(std::move(site)),
      pools_(std::move(pools)),
      desk_(site_->atlas, worker),
      asks_(desk_.knows_anything() ? &desk_ : nullptr) {
  if (site_->claims) claims_ = std::make_unique<regions::Claims>(site_->claims);
  if (site_->homes) serving_ = std::make_unique<regions::MapView>(site_->serving);
}
WorkerSite::~WorkerSite() = default;

Service::Service(net::Loop& loop, std::size_t worker, std::uint64_t seed, ExchangeObserver* observer)
    : loop_(loop), worker_(worker), random_(seed), observer_(observer), workshop_(loop) {
  spare_.reserve(kSpareMax);
}

Service::~Service() = default;

std::unique_ptr<Exchange> Service::take_exchange() {
  if (spare_.empty()) return std::make_unique<Exchange>(*this);
  std::unique_ptr<Exchange> exchange = std::move(spare_.back());
  spare_.pop_back();
  return exchange;
}

void Service::give_back(std::unique_ptr<Exchange> exchange) {
  exchange->clear();
  if (spare_.size() < kSpareMax) spare_.push_back(std::move(exchange));
}

void Service::tell_leaving() {
  for (LeaveWatch* each = leave_watches_.first(); each != nullptr; each = leave_watches_.next(*each)) each->leave_now();
}

message::ConnectionList Service::list_connections(const message::ConnectionQuery& query) {
  message::ConnectionList out;
  std::vector<message::ConnectionRow> idle;  // shown where those with a request leave room
  for (ClientConnection* each = connections_.first(); each != nullptr; each = connections_.next(*each)) {
    if (!each->matches(query)) continue;
    ++out.total;
    std::vector<message::ConnectionRow>& rows = each->has_exchange() ? out.rows : idle;
    if (rows.size() < query.limit) rows.push_back(each->row());
  }
  for (message::ConnectionRow& row : idle) {
    if (out.rows.size() == query.limit) break;
    out.rows.push_back(std::move(row));
  }
  return out;
}

}  // namespace headgate::proxy::http
