#include "proxy/origin/upload.h"

#include <sys/socket.h>

#include <array>
#include <string>

#include "wire/http1/chunked.h"

namespace headgate::proxy::origin {
namespace {

iovec part_of(std::string_view text) {
  return iovec{const_cast<char*>(text.data()), text.size()};
}

}  // namespace

net::Task<void> Upload::run() {
  base::Result<void> sent = co_await pump();
  ended_ = upstream_.loop().now();
  if (sent) {
    complete_ = true;
    co_return;
  }
  failure_ = sent.error();
  // Whoever waits for the answer must learn that the client's part of the bargain will not come.
  if (failure_->fault == base::Fault::kClient) ::shutdown(upstream_.fd(), SHUT_RDWR);
}

net::Task<base::Result<void>> Upload::pump() {
  while (true) {
    const std::string_view piece = body_.take_ready();
    if (!piece.empty()) {
      base::Result<void> sent = co_await send_piece(piece);
      if (!sent) co_return sent;
      bytes_ += piece.size();
      if (share_.is_used_up(piece.size())) co_await net::next_turn(upstream_.loop());
      continue;
    }
    if (body_.at_end()) break;
    base::Result<void> waited = co_await body_.wait();
    if (!waited) co_return waited;
  }
  if (!chunked_) co_return base::Result<void>();
  co_return co_await send_last();
}

net::Task<base::Result<void>> Upload::send_piece(std::string_view piece) {
  char head[wire::http1::kChunkHeadBytesMax];
  std::array<iovec, 3> parts{};
  std::size_t count = 0;
  if (chunked_) parts[count++] = {head, wire::http1::write_chunk_head(piece.size(), head)};
  parts[count++] = part_of(piece);
  if (chunked_) parts[count++] = part_of("\r\n");
  const std::span<iovec> used(parts.data(), count);
  base::Result<void> sent = co_await upstream_.write_all(used, stall_, base::Fault::kUpstream);
  co_return sent;
}

net::Task<base::Result<void>> Upload::send_last() {
  std::string tail = "0\r\n";
  if (const wire::http::Fields* trailers = body_.trailers()) {
    for (const wire::http::Field& field : *trailers) {
      tail.append(field.name).append(": ").append(field.value).append("\r\n");
    }
  }
  tail += "\r\n";
  std::array<iovec, 1> parts{part_of(tail)};
  base::Result<void> sent = co_await upstream_.write_all(parts, stall_, base::Fault::kUpstream);
  co_return sent;
}

}  // namespace headgate::proxy::origin
