#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/buffer_pool.h"
#include "proxy/message/http1_body.h"
#include "proxy/origin/attempt.h"
#include "proxy/origin/upload.h"

namespace headgate::proxy::origin {

/// An attempt over HTTP/1.1: the connection, the head, the upload, the head of the answer. The connection is its own
/// and is kept for the next request when both messages are complete; destroyed earlier, it closes the connection.
class Http1Attempt final : public Attempt {
 public:
  Http1Attempt(Call& call, balance::Lease lease, std::size_t worker) : Attempt(call, std::move(lease), worker) {}
  ~Http1Attempt() override;

  net::Task<base::Result<void>> run(message::Response& response, base::Duration connect_timeout, bool fresh) override;

  std::string_view take_ready() override;
  bool at_end() const override { return body_.at_end(); }
  net::Task<base::Result<void>> wait() override;
  Raw raw() override;
  void raw_taken(std::uint64_t bytes) override;
  base::Error raw_failed(base::Error why) override;
  const wire::http::Fields* trailers() const override { return body_.trailers(); }

 private:
  enum class Parsed : std::uint8_t { kNeedsMore, kInterim, kFinal };

  net::Task<base::Result<void>> open_connection(base::Duration connect_timeout, std::string announcement);
  /// Sends the head as far as that goes without waiting; how much of it is left.
  base::Result<std::string_view> try_send_head();
  void add_websocket_key();
  net::Task<base::Result<void>> send_rest_of_head(std::string_view rest);
  void start_upload();
  base::Time answer_deadline() const;
  /// After the deadline: whether there is still reason to wait, because the upload moved it.
  bool may_wait_longer(base::Time waited_from) const;
  base::Result<Parsed> parse_head(message::Response& response);
  net::Task<base::Result<void>> forward_interim(message::Response& response);
  base::Result<void> take_bytes();
  bool came_unasked() const;
  base::Result<void> accept_head(message::Response& response);
  base::Error failed_read(const net::IoResult& result);
  /// After the last byte of the answer: the connection goes back to the idle ones, or is closed.
  void finish();
  std::string_view unread() const { return {buffer_.data() + parsed_, filled_ - parsed_}; }

  std::unique_ptr<balance::Connection> connection_;
  net::Buffer buffer_;  // the request's head first, then the answer's
  std::size_t filled_ = 0;
  std::size_t parsed_ = 0;
  std::size_t scanned_ = 0;
  message::Http1Body body_;
  std::optional<Upload> upload_;
  wire::http1::Hop hop_;
  std::string_view websocket_key_;  // made here; empty: the client's own, or none
  base::Time sent_;
  std::uint64_t sent_turn_ = 0;  // the loop's
};

}  // namespace headgate::proxy::origin
