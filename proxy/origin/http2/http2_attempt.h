#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "proxy/origin/attempt.h"
#include "proxy/origin/http2/backend_connection.h"
#include "proxy/origin/http2/body_upload.h"
#include "proxy/origin/http2/request_stream.h"

namespace headgate::proxy::origin::http2 {

/// An attempt over HTTP/2: one stream of a connection that others use as well. Destroyed before the answer's end, it
/// resets the stream, and the connection goes on.
class Http2Attempt final : public Attempt {
 public:
  Http2Attempt(Call& call, balance::Lease lease, std::size_t worker)
      : Attempt(call, std::move(lease), worker), worker_(worker) {}
  ~Http2Attempt() override;

  net::Task<base::Result<void>> run(message::Response& response, base::Duration connect_timeout, bool fresh) override;

  std::string_view take_ready() override;
  bool at_end() const override { return stream_->at_end(); }
  net::Task<base::Result<void>> wait() override;
  /// Null where none came: an answer that ended with its head then ends with it for the client too, which is what makes
  /// it Trailers-Only to gRPC.
  const wire::http::Fields* trailers() const override {
    const wire::http::Fields* const came = stream_->trailers();
    return came->empty() ? nullptr : came;
  }

 private:
  base::Result<void> join_connection(base::Time deadline);
  void begin_request();
  void hand_on_deadline();
  void begin_tunnel();
  /// Until requests go out; `for_tunnel`: and it is known whether the backend takes extended CONNECT, which it then
  /// must.
  net::Task<base::Result<void>> wait_until_it_stands(base::Time deadline, bool for_tunnel);
  void start_upload();
  net::Task<base::Result<void>> wait_for_head();
  base::Time answer_deadline() const;
  bool may_wait_longer(base::Time waited_from) const;
  void accept_head(message::Response& response);
  void accept_tunnel(message::Response& response);
  bool is_clients_fault() const;
  /// The stream broke before the answer's head.
  base::Error failed_early();
  /// And after it.
  base::Error failed_late();
  void finish();
  void leave_connection();

  const std::size_t worker_;
  BackendConnection* connection_ = nullptr;
  std::unique_ptr<RequestStream> stream_;
  std::optional<BodyUpload> upload_;
  base::Time sent_{};
  bool was_alone_ = false;  // on a connection that had carried others
};

}  // namespace headgate::proxy::origin::http2
