#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "net/loop.h"
#include "proxy/http/origin_server.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::demo {

/// One small web server of the demo: says who it is, may be slow now and then, and can be told to fail.
class DemoOrigin final : public origin::Origin {
 public:
  /// Every `slow_every`th answer takes a second; 0: none does.
  DemoOrigin(std::string name, int slow_every) : name_(std::move(name)), slow_every_(slow_every) {}

  net::Task<base::Result<void>> respond(origin::Call& call, message::Response& response) const override;
  std::string describe() const override { return "demo origin " + name_; }

 private:
  std::string name_;
  int slow_every_;
  mutable std::atomic<int> answered_{0};
  mutable std::atomic<bool> healthy_{true};
};

/// The three origins of the demo, on a thread of their own, on loopback.
class DemoOrigins {
 public:
  static base::Result<std::unique_ptr<DemoOrigins>> open();
  ~DemoOrigins();
  DemoOrigins(const DemoOrigins&) = delete;
  DemoOrigins& operator=(const DemoOrigins&) = delete;

  /// Where they listen: 127.0.0.1:8081 to 8083, or any free ports if those are taken.
  const std::vector<base::Endpoint>& endpoints() const { return endpoints_; }
  /// After main has blocked the signals.
  void start();

 private:
  DemoOrigins() = default;
  net::Loop loop_;
  std::vector<std::unique_ptr<http::OriginServer>> servers_;
  std::vector<base::Endpoint> endpoints_;
  std::thread thread_;
};

}  // namespace headgate::proxy::demo
