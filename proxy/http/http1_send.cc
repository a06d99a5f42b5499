#include "proxy/http/http1_send.h"

#include <span>

namespace headgate::proxy::http {

void Http1Send::add_piece(std::string_view piece, bool chunked) {
  if (chunked) {
    char* head = chunk_heads_[pieces_];
    add({head, wire::http1::write_chunk_head(piece.size(), head)});
  }
  add(piece);
  if (chunked) add("\r\n");
  ++pieces_;
  body_bytes_ += piece.size();
}

void Http1Send::add_last_chunk(const wire::http::Fields* trailers) {
  if (trailers == nullptr || trailers->empty()) {
    add(wire::http1::kLastChunk);
    return;
  }
  tail_ = "0\r\n";
  for (const wire::http::Field& field : *trailers) {
    tail_.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  tail_ += "\r\n";
  add(tail_);
}

void Http1Send::gather(message::BodySource* body, std::string_view text, bool chunked) {
  if (body == nullptr) {
    if (!text.empty()) add_piece(text, chunked);
    complete_ = true;
  } else {
    while (pieces_ < kPieces) {
      const std::string_view piece = body->take_ready();
      if (piece.empty()) break;
      add_piece(piece, chunked);
    }
    complete_ = body->at_end();
  }
  if (complete_ && chunked) add_last_chunk(body == nullptr ? nullptr : body->trailers());
}

base::Result<bool> Http1Send::try_write() {
  const net::IoResult sent = client_.write_some(std::span<const iovec>(parts_.data() + first_, count_ - first_));
  if (sent.status == net::IoStatus::kFailed) return base::system_error(sent.error, "write", base::Fault::kClient);
  if (sent.status == net::IoStatus::kWouldBlock) return false;
  bytes_ += sent.bytes;
  std::size_t left = sent.bytes;
  while (first_ < count_ && left >= parts_[first_].iov_len) left -= parts_[first_++].iov_len;
  if (first_ == count_) return true;
  parts_[first_].iov_base = static_cast<char*>(parts_[first_].iov_base) + left;
  parts_[first_].iov_len -= left;
  return false;
}

net::Task<base::Result<void>> Http1Send::run(std::string_view head, message::Response& response, bool has_body,
                                             bool chunked) {
  message::BodySource* body = has_body ? response.body.get() : nullptr;
  const std::string_view text = has_body ? response.text : std::string_view();
  add(head);
  gather(body, text, chunked);
  while (true) {
    while (first_ < count_) {
      const base::Result<bool> wrote = try_write();
      if (!wrote) co_return wrote.error();
      if (*wrote) break;
      const net::WaitStatus waited = co_await client_.writable(client_.loop().now() + stall_);
      if (waited == net::WaitStatus::kTimeout) {
        co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "the client took nothing for too long"};
      }
    }
    if (complete_) co_return base::Result<void>();
    first_ = count_ = pieces_ = 0;
    gather(body, text, chunked);
    if (count_ > 0 || complete_) continue;
    base::Result<void> waited = co_await body->wait();
    if (!waited) co_return waited;
    gather(body, text, chunked);
  }
}

}  // namespace headgate::proxy::http
