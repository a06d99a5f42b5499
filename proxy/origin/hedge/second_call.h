#pragma once
#include "proxy/origin/origin.h"

namespace headgate::proxy::origin::hedge {

/// The same request once more, beside the first: with a record and a response of its own, and a client that hears
/// nothing of it. Interim answers (1xx) are dropped, as they may be of a request that headgate itself makes (RFC 9110
/// section 15.2); those of the first backend go to the client.
class SecondCall final : private ClientLink {
 public:
  explicit SecondCall(const Call& first)
      : record_(first.record),
        client_(first.client),
        call_{first.loop, first.arena, first.request, record_, *this, first.pools, first.timeouts, first.deadline} {}

  Call& call() { return call_; }
  const message::Record& record() const { return record_; }
  message::Response& response() { return response_; }

 private:
  net::Task<base::Result<void>> send_interim(const wire::http::ResponseHead&) override {
    co_return base::Result<void>();
  }
  void cancel_when_gone(bool) override {}
  ClientEnds ends() const override { return client_.ends(); }

  message::Record record_;
  ClientLink& client_;
  Call call_;
  message::Response response_;
};

}  // namespace headgate::proxy::origin::hedge
