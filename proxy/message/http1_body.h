#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/buffer_pool.h"
#include "net/socket.h"
#include "wire/http1/chunked.h"
#include "wire/http1/head_parser.h"

namespace headgate::proxy::message {

/// Takes one body out of an HTTP/1.1 connection's bytes, by length, by chunks or until the end: a request's on the
/// client's connection, an answer's on a backend's. Views it gives are valid until the next wait().
class Http1Body {
 public:
  /// `already` are the bytes that came behind the head; they must stay where they are until the first wait().
  /// `fault` is whose the errors are.
  void begin(const wire::http1::Hop& hop, std::string_view already, base::Fault fault);

  std::string_view take_ready();
  bool at_end() const { return at_end_; }
  /// Waits for more; does nothing if there is something to take. Holds no buffer while it waits.
  net::Task<base::Result<void>> wait(net::Socket& socket, base::Duration stall, base::Time deadline);

  /// Bytes that were read and belong to what comes after this body.
  std::string_view excess() const { return input_; }
  const wire::http::Fields* trailers() const { return chunked_ ? &chunked_->trailers() : nullptr; }
  /// What is still to come of a body with a length; 0 for others.
  std::uint64_t left() const { return left_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  /// Bytes of a body with a length that went another way.
  void skip(std::uint64_t bytes) {
    left_ -= bytes;
    bytes_read_ += bytes;
    at_end_ = left_ == 0;
  }

 private:
  base::Error ended_early(const net::IoResult& got) const;
  std::size_t wanted_bytes() const;

  wire::http1::Framing framing_ = wire::http1::Framing::kNone;
  base::Fault fault_ = base::Fault::kUpstream;
  bool at_end_ = true;
  bool malformed_ = false;
  bool filled_last_read_ = false;
  std::uint64_t left_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::string_view input_;
  net::Buffer buffer_;
  std::optional<wire::http1::ChunkedDecoder> chunked_;
};

}  // namespace headgate::proxy::message
