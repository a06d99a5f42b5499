#include "proxy/demo/demo_origins.h"

#include <utility>

#include "net/listener.h"
#include "net/waiting.h"

namespace headgate::proxy::demo {

using namespace std::chrono_literals;
using wire::http::FieldId;

net::Task<base::Result<void>> DemoOrigin::respond(origin::Call& call, message::Response& response) const {
  const std::string_view path = call.request.head.path;
  response.head.fields.add(FieldId::kContentType, "text/plain; charset=utf-8");
  if (path == "/fail") healthy_ = false;
  if (path == "/recover") healthy_ = true;
  if (path == "/healthz") {
    response.head.status = healthy_ ? 200 : 503;
    response.text = healthy_ ? "healthy\n" : "told to fail\n";
    co_return base::Result<void>();
  }
  const int number = answered_.fetch_add(1) + 1;
  const bool slow = slow_every_ != 0 && number % slow_every_ == 0;
  if (slow) co_await net::sleep_until(call.loop, call.loop.now() + 1s);
  response.owned_text = "Hello from origin " + name_ + (slow ? ", slowly this time" : "") + ".\nYou asked for " +
                        std::string(call.request.head.method_text) + " " + std::string(path) + "; my answer number " +
                        std::to_string(number) + ".\n";
  if (path == "/headers") {
    for (const wire::http::Field& field : call.request.head.fields) {
      response.owned_text.append(field.name).append(": ").append(field.value).append("\n");
    }
  }
  if (!healthy_) response.owned_text += "I answer my health check with 503 until you ask me for /recover.\n";
  response.text = response.owned_text;
  co_return base::Result<void>();
}

base::Result<std::unique_ptr<DemoOrigins>> DemoOrigins::open() {
  struct Plan {
    const char* name;
    std::uint16_t port;
    int slow_every;
  };
  std::unique_ptr<DemoOrigins> out(new DemoOrigins());
  for (const Plan& plan : {Plan{"one", 8081, 0}, Plan{"two", 8082, 5}, Plan{"three", 8083, 0}}) {
    const base::IpAddress loopback = base::IpAddress::v4(0x7f000001);
    base::Result<net::ListeningSocket> socket = net::ListeningSocket::open_alone(base::Endpoint(loopback, plan.port));
    if (!socket) socket = net::ListeningSocket::open_alone(base::Endpoint(loopback, 0));
    if (!socket) return socket.error();
    out->endpoints_.push_back(socket->endpoint());
    config::Listener settings;
    settings.name = plan.name;
    out->servers_.push_back(std::make_unique<http::OriginServer>(
        out->loop_, std::make_shared<DemoOrigin>(plan.name, plan.slow_every), std::move(settings)));
    out->servers_.back()->serve(std::move(*socket));
  }
  return out;
}

void DemoOrigins::start() {
  thread_ = std::thread([this] { loop_.run(); });
}

DemoOrigins::~DemoOrigins() {
  if (thread_.joinable()) {
    loop_.stop();
    thread_.join();
  }
  servers_.clear();
}

}  // namespace headgate::proxy::demo
