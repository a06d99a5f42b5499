#pragma once
#include "proxy/access_log/ring.h"
#include "proxy/dns/server/record.h"
#include "proxy/http/service.h"
#include "proxy/listener/listener_state.h"
#include "proxy/tcp/record.h"

namespace headgate::proxy {

/// What the access log says of a tcp connection that is over: of the fields of a request those that have a meaning, in
/// the same words. `host` is the name in its ClientHello.
access_log::Entry entry_of(const tcp::ConnectionRecord& record, std::string_view listener,
                           access_log::TellsPlace tells_place);

/// Hands what an exchange, a tcp connection or a query of DNS noted to the access log.
class LogObserver final : public http::ExchangeObserver,
                          public tcp::ConnectionObserver,
                          public dns::server::QueryObserver {
 public:
  explicit LogObserver(access_log::Ring& ring) : ring_(ring) {}
  bool wants() override { return ring_.wants(); }
  void ended(const listener::ListenerState& listener, const message::Request& request, const message::Response&,
             const message::Record& record) override {
    ring_.push(access_log::entry_of(record, request, listener.settings->name, record.protocol, tells_place()));
  }
  void ended(const listener::ListenerState& listener, const tcp::ConnectionRecord& record) override {
    if (!ring_.wants()) return;
    ring_.push(entry_of(record, listener.settings->name, tells_place()));
  }
  void answered(std::string_view listener, const dns::server::QueryRecord& record) override;

 private:
  access_log::TellsPlace tells_place() const {
    return ring_.tells_place() ? access_log::TellsPlace::kYes : access_log::TellsPlace::kNo;
  }
  access_log::Ring& ring_;
};

}  // namespace headgate::proxy
