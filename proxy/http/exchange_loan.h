#pragma once
#include <memory>
#include <utility>

#include "proxy/http/exchange.h"
#include "proxy/http/service.h"

namespace headgate::proxy::http {

/// Gives an exchange back to the service however its coroutine ends.
class ExchangeLoan {
 public:
  explicit ExchangeLoan(Service& service) : service_(service), exchange_(service.take_exchange()) {}
  ~ExchangeLoan() { service_.give_back(std::move(exchange_)); }
  ExchangeLoan(const ExchangeLoan&) = delete;
  ExchangeLoan& operator=(const ExchangeLoan&) = delete;
  Exchange& operator*() { return *exchange_; }

 private:
  Service& service_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace headgate::proxy::http
