#include "proxy/admin/admin_origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/admin/metrics/metrics.h"
#include "tests/unit/proxy/admin/fabricated_view.h"
#include "tests/unit/proxy/admin/noting_actions.h"

namespace headgate::proxy::admin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class SilentClient final : public origin::ClientLink {
 public:
  net::Task<base::Result<void>> send_interim(const wire::http::ResponseHead&) override {
    co_return base::Result<void>();
  }
  void cancel_when_gone(bool) override {}
  origin::ClientEnds ends() const override { return {}; }
};

class NoPools final : public origin::PoolDirectory {
 public:
  balance::WorkerPool& pool(std::size_t) override { base::invariant_broken("the admin pages ask no pool"); }
};

class AdminOriginTest : public testing::Test {
 protected:
  const message::Response& ask(std::string_view path, std::string_view method = "GET",
                               std::string_view host = "localhost", std::string_view authorization = {}) {
    request_.clear();
    response_.clear();
    request_.head.method_text = method;
    request_.head.method = wire::http::method_from(method);
    request_.head.path = path;
    request_.head.host = host;
    request_.client = peer_;
    if (!authorization.empty()) request_.head.fields.add("Authorization", authorization);
    message::Record record;
    origin::Call call{loop_, arena_, request_, record, client_, pools_, {}, base::kNever};
    const AdminOrigin origin(Daemon{[this] { return daemon_.view; }, &actions_}, access_);
    net::Task<base::Result<void>> task = origin.respond(call, response_);
    task.start();
    EXPECT_TRUE(task.done());
    EXPECT_TRUE(task.take());
    return response_;
  }
  std::string_view field(std::string_view name) const {
    const wire::http::Field* found = response_.head.fields.find(name);
    return found == nullptr ? "absent" : found->value;
  }

  Fabricated daemon_;
  NotingActions actions_;
  Access access_;
  base::IpAddress peer_ = *base::IpAddress::parse("127.0.0.1");
  net::Loop loop_;
  base::Arena arena_;
  SilentClient client_;
  NoPools pools_;
  message::Request request_;
  message::Response response_;
};

TEST_F(AdminOriginTest, Pages) {
  EXPECT_EQ(ask("/").head.status, 200);
  EXPECT_THAT(response_.text, HasSubstr("/metrics"));
  EXPECT_EQ(field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(field("Cache-Control"), "no-store");
  EXPECT_EQ(field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(field("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(field("Access-Control-Allow-Origin"), "absent");
  EXPECT_EQ(ask("/metrics").head.status, 200);
  EXPECT_EQ(response_.text, metrics::expose(daemon_.view));
  EXPECT_EQ(field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ask("/status").head.status, 200);
  EXPECT_THAT(response_.text, StartsWith("{\n  \"version\": \"0.1.0\""));
  EXPECT_EQ(field("Content-Type"), "application/json");
  EXPECT_EQ(ask("/status", "HEAD").head.status, 200);
}

TEST_F(AdminOriginTest, NothingElse) {
  for (const char* path : {"/metrics/", "/Status", "/status/x", "//", "*", "/healthz/"}) {
    EXPECT_EQ(ask(path).head.status, 404) << path;
  }
  for (const char* path : {"/", "/metrics", "/status", "/healthz"}) {
    for (const char* method : {"POST", "DELETE", "OPTIONS", "BREW"}) {
      EXPECT_EQ(ask(path, method).head.status, 405) << path << method;
      EXPECT_EQ(field("Allow"), "GET, HEAD");
    }
  }
}

TEST_F(AdminOriginTest, Healthz) {
  EXPECT_EQ(ask("/healthz").head.status, 200);
  EXPECT_EQ(response_.text, "ok\n");
  daemon_.view.state = DaemonState::kDraining;
  EXPECT_EQ(ask("/healthz").head.status, 503);
  EXPECT_EQ(response_.text, "draining\n");
  daemon_.view.state = DaemonState::kServing;
  daemon_.view.listeners[0].binds.clear();
  EXPECT_EQ(ask("/healthz").head.status, 503);
  daemon_.view.listeners.clear();
  EXPECT_EQ(ask("/healthz").head.status, 503);
  EXPECT_EQ(response_.text, "no listener is open\n");
}

TEST_F(AdminOriginTest, FromElsewhereEverythingButHealthzNeedsTheToken) {
  access_ = {true, "secret", true};
  peer_ = *base::IpAddress::parse("192.0.2.1");
  for (const char* path : {"/", "/metrics", "/status", "/nothing"}) {
    EXPECT_EQ(ask(path).head.status, 401) << path;
    EXPECT_EQ(field("WWW-Authenticate"), "Bearer realm=\"headgate\"");
    EXPECT_EQ(ask(path, "GET", "h", "Bearer wrong").head.status, 401) << path;
    EXPECT_EQ(field("WWW-Authenticate"), "Bearer realm=\"headgate\", error=\"invalid_token\"");
  }
  EXPECT_EQ(ask("/status", "GET", "admin.example.com", "Bearer secret").head.status, 200);
  EXPECT_EQ(ask("/healthz").head.status, 200);
}

TEST_F(AdminOriginTest, AForeignHostSeesNothingButHealthz) {
  access_ = {true, std::nullopt, true};
  EXPECT_EQ(ask("/status", "GET", "evil.example").head.status, 421);
  EXPECT_EQ(ask("/nothing", "GET", "evil.example").head.status, 421);
  EXPECT_EQ(ask("/status", "GET", "127.0.0.1").head.status, 200);
  EXPECT_EQ(ask("/healthz", "GET", "evil.example").head.status, 200);
}

}  // namespace
}  // namespace headgate::proxy::admin
