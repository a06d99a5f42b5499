#pragma once
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/pipe.h"
#include "net/socket.h"
#include "net/waiting.h"
#include "proxy/message/message.h"
#include "wire/http1/chunked.h"

namespace headgate::proxy::http::http1 {

/// Writes one answer to a client's HTTP/1 connection: the head and what of the body is at hand in one call to the
/// kernel, then the rest as it comes.
class Send {
 public:
  Send(net::Socket& client, base::Duration stall) : client_(client), share_(client.loop()), stall_(stall) {}

  /// Writes as far as that goes without waiting; true if that was everything. `head` stands behind what
  /// the response has of its head already; both stay where they are until the end.
  base::Result<bool> try_run(std::string_view head, message::Response& response, bool has_body, bool chunked);
  /// In place of try_run(), for an answer that is at hand whole and of which `sent` bytes, not all, have gone out.
  void take_up(std::string_view head, const message::Response& response, std::string_view text, std::size_t sent);
  /// The rest, after try_run() said false.
  net::Task<base::Result<void>> run_rest();

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  static constexpr std::size_t kPieces = 4;  // gathered into one write

  void gather();
  /// Moves the rest of a body from its socket to the client's inside the kernel.
  net::Task<base::Result<void>> move_raw(net::Pipe pipe, message::BodySource::Raw raw);
  net::Task<base::Result<void>> move_through(net::Pipe& pipe, message::BodySource::Raw raw);
  void add(std::string_view text) {
    parts_[count_++] = iovec{const_cast<char*>(text.data()), text.size()};
    gathered_ += text.size();
  }
  void add_piece(std::string_view piece);
  void add_last_chunk(const wire::http::Fields* trailers);
  /// Writes what was gathered, as far as that goes without waiting; false if some is left.
  base::Result<bool> try_write();
  /// So many of the bytes that were gathered have gone out; true if that was all of them.
  bool advance(std::size_t bytes);

  net::Socket& client_;
  net::TurnShare share_;
  base::Duration stall_;
  message::BodySource* body_ = nullptr;
  std::string_view text_;
  bool chunked_ = false;
  std::array<iovec, kPieces * 3 + 3> parts_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::size_t gathered_ = 0;  // bytes of the parts from first_ on
  std::size_t pieces_ = 0;
  char chunk_heads_[kPieces][wire::http1::kChunkHeadBytesMax];
  std::string tail_;
  std::uint64_t bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  bool complete_ = false;
};

}  // namespace headgate::proxy::http::http1
