#include "proxy/http/http1/send.h"

#include <algorithm>
#include <span>
#include <utility>

namespace headgate::proxy::http::http1 {

void Send::add_piece(std::string_view piece) {
  if (chunked_) {
    char* head = chunk_heads_[pieces_];
    add({head, wire::http1::write_chunk_head(piece.size(), head)});
  }
  add(piece);
  if (chunked_) add("\r\n");
  ++pieces_;
  body_bytes_ += piece.size();
}

void Send::add_last_chunk(const wire::http::Fields* trailers) {
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

void Send::gather() {
  if (body_ == nullptr) {
    if (!text_.empty()) add_piece(text_);
    complete_ = true;
  } else {
    while (pieces_ < kPieces) {
      const std::string_view piece = body_->take_ready();
      if (piece.empty()) break;
      add_piece(piece);
    }
    complete_ = body_->at_end();
  }
  if (complete_ && chunked_) add_last_chunk(body_ == nullptr ? nullptr : body_->trailers());
}

base::Result<bool> Send::try_write() {
  const net::IoResult sent = client_.write_some(std::span<const iovec>(parts_.data() + first_, count_ - first_));
  if (sent.status == net::IoStatus::kFailed) return base::system_error(sent.error, "write", base::Fault::kClient);
  if (sent.status == net::IoStatus::kWouldBlock) return false;
  return advance(sent.bytes);
}

bool Send::advance(std::size_t bytes) {
  bytes_ += bytes;
  gathered_ -= bytes;
  if (gathered_ == 0) [[likely]] {
    first_ = count_;
    return true;
  }
  std::size_t left = bytes;
  while (first_ < count_ && left >= parts_[first_].iov_len) left -= parts_[first_++].iov_len;
  if (first_ == count_) return true;
  parts_[first_].iov_base = static_cast<char*>(parts_[first_].iov_base) + left;
  parts_[first_].iov_len -= left;
  return false;
}

void Send::take_up(std::string_view head, const message::Response& response, std::string_view text, std::size_t sent) {
  text_ = text;
  if (!response.written_head.empty()) add(response.written_head);
  add(head);
  gather();
  advance(sent);
}

base::Result<bool> Send::try_run(std::string_view head, message::Response& response, bool has_body, bool chunked) {
  body_ = has_body ? response.body.get() : nullptr;
  text_ = has_body ? response.text : std::string_view();
  chunked_ = chunked;
  if (!response.written_head.empty()) add(response.written_head);
  add(head);
  gather();
  base::Result<bool> wrote = try_write();
  if (!wrote) return wrote;
  return *wrote && complete_;
}

net::Task<base::Result<void>> Send::move_raw(net::Pipe pipe, message::BodySource::Raw raw) {
  base::Result<void> moved = co_await move_through(pipe, raw);
  client_.loop().pipes().give_back(std::move(pipe));
  co_return moved;
}

net::Task<base::Result<void>> Send::move_through(net::Pipe& pipe, message::BodySource::Raw raw) {
  while (raw.bytes > 0 || pipe.held() > 0) {
    if (pipe.held() == 0) {
      const net::IoResult got = pipe.fill(*raw.socket, raw.bytes);
      if (got.status == net::IoStatus::kWouldBlock) {
        const base::Time until = std::min(raw.deadline, client_.loop().now() + raw.stall);
        const net::WaitStatus waited = co_await raw.socket->readable(until);
        if (waited == net::WaitStatus::kReady) continue;
        co_return body_->raw_failed(
            {base::ErrorKind::kTimeout, base::Fault::kUpstream, "no more bytes of a body came in time"});
      }
      if (got.status != net::IoStatus::kOk) {
        co_return body_->raw_failed(
            {base::ErrorKind::kEof, base::Fault::kUpstream, "the connection broke in the middle of a body"});
      }
      raw.bytes -= got.bytes;
      body_->raw_taken(
          got.bytes);  // with the last of them the backend's connection goes back, and is not ours any more
    }
    const net::IoResult put = pipe.drain(client_, raw.bytes > 0);
    if (put.status == net::IoStatus::kFailed) co_return base::system_error(put.error, "write", base::Fault::kClient);
    if (put.status == net::IoStatus::kOk) {
      bytes_ += put.bytes;
      body_bytes_ += put.bytes;
      if (share_.is_used_up(put.bytes)) co_await net::next_turn(client_.loop());
      continue;
    }
    const net::WaitStatus waited = co_await client_.writable(client_.loop().now() + stall_);
    if (waited == net::WaitStatus::kTimeout) {
      co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "the client took nothing for too long"};
    }
  }
  co_return base::Result<void>();
}

net::Task<base::Result<void>> Send::run_rest() {
  while (true) {
    while (first_ < count_) {
      const net::WaitStatus waited = co_await client_.writable(client_.loop().now() + stall_);
      if (waited == net::WaitStatus::kTimeout) {
        co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kClient, "the client took nothing for too long"};
      }
      const base::Result<bool> wrote = try_write();
      if (!wrote) co_return wrote.error();
    }
    if (complete_) co_return base::Result<void>();
    first_ = count_ = pieces_ = 0;
    gather();
    if (count_ == 0 && !complete_) {
      const bool may_move = !chunked_ && client_.can_splice();
      const message::BodySource::Raw raw = may_move ? body_->raw() : message::BodySource::Raw{};
      net::Pipe pipe = raw.socket == nullptr ? net::Pipe() : client_.loop().pipes().borrow();
      // Without a descriptor for a pipe the bytes are copied, as those of any other body are.
      if (pipe) co_return co_await move_raw(std::move(pipe), raw);
      base::Result<void> waited = co_await body_->wait();
      if (!waited) co_return waited;
      gather();
    }
    if (count_ == 0) continue;
    const std::uint64_t before = bytes_;
    const base::Result<bool> wrote = try_write();
    if (!wrote) co_return wrote.error();
    if (share_.is_used_up(bytes_ - before)) co_await net::next_turn(client_.loop());
  }
}

}  // namespace headgate::proxy::http::http1
