#pragma once
#include <memory>

#include "proxy/balance/worker_pool.h"
#include "proxy/message/tunnel.h"
#include "proxy/origin/http2/backend_connection.h"
#include "proxy/origin/http2/request_stream.h"

namespace headgate::proxy::origin::http2 {

/// A backend's stream after an extended CONNECT that it agreed to (RFC 8441). Counts as a request of its backend while
/// it lives; destroyed before both sides have ended, it resets the stream, and the connection goes on.
class StreamTunnel final : public message::TunnelEnd {
 public:
  StreamTunnel(balance::Lease lease, BackendConnection& connection, std::unique_ptr<RequestStream> stream)
      : lease_(std::move(lease)), connection_(connection), stream_(std::move(stream)) {}
  ~StreamTunnel() override;

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override;
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) override;
  void end_writing() override { stream_->send_end(nullptr); }
  void cut() override { stream_->cut(); }

 private:
  balance::Lease lease_;
  BackendConnection& connection_;
  std::unique_ptr<RequestStream> stream_;
};

}  // namespace headgate::proxy::origin::http2
