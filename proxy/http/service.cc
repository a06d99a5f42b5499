#include "proxy/http/service.h"

#include "proxy/http/exchange.h"

namespace headgate::proxy::http {

Service::Service(net::Loop& loop, std::size_t worker, std::uint64_t seed, ExchangeObserver* observer)
    : loop_(loop), worker_(worker), random_(seed), observer_(observer) {
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

}  // namespace headgate::proxy::http
