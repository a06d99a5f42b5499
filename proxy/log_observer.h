#pragma once
#include "proxy/access_log/ring.h"
#include "proxy/http/service.h"
#include "proxy/listener/listener_state.h"

namespace headgate::proxy {

/// Hands what an exchange noted to the access log.
class LogObserver final : public http::ExchangeObserver {
 public:
  explicit LogObserver(access_log::Ring& ring) : ring_(ring) {}
  void ended(const listener::ListenerState& listener, const message::Request& request, const message::Response&,
             const message::Record& record) override {
    if (!ring_.wants()) return;
    ring_.push(access_log::entry_of(record, request, listener.settings->name, record.protocol));
  }

 private:
  access_log::Ring& ring_;
};

}  // namespace headgate::proxy
