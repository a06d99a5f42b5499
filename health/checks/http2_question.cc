#include "health/checks/http2_question.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/values.h"
#include "health/checks/http_check.h"
#include "health/checks/tcp_check.h"

namespace headgate::health::checks {
namespace {

using wire::http2::ErrorCode;

wire::http2::Settings settings() {
  wire::http2::Settings out;
  out.stream_window = out.connection_window = kSearchedBytesMax;
  out.head.head_bytes = kAnswerHeadBytesMax;
  return out;
}

}  // namespace

Http2Question::Http2Question(net::Loop& loop, Target target, base::Duration timeout)
    : loop_(loop),
      target_(std::move(target)),
      timeout_(timeout),
      deadline_(loop.now() + timeout),
      session_(wire::http2::Role::kClient, settings(), *this) {}

Http2Question::~Http2Question() = default;

bool Http2Question::fail(std::string text) {
  if (trouble_.text.empty()) trouble_ = {Verdict::kFailed, std::move(text)};
  return false;
}

net::Task<bool> Http2Question::ask(const wire::http::RequestHead& head, wire::http2::Session::RequestExtras extras,
                                   std::string_view body) {
  base::Result<std::unique_ptr<net::Socket>> socket = co_await connect_to(loop_, target_, deadline_);
  if (!socket) {
    trouble_ = finding_of(socket.error(), target_.address, timeout_);
    co_return false;
  }
  socket_ = std::move(*socket);
  outgoing_ = body;
  extras.has_body = !body.empty();
  session_.request(*this, head, 0, extras);
  co_return co_await send();
}

net::Task<bool> Http2Question::send() {
  wire::http2::Outbox outbox;
  const net::Buffer memory = loop_.buffers().borrow(net::BufferPool::kSmall);
  outbox.lend({memory.data(), memory.size()});
  while (session_.has_output()) {
    session_.collect(outbox);
    if (outbox.empty()) break;
    while (!outbox.empty()) {
      const net::IoResult sent = socket_->write_some(outbox.parts());
      if (sent.status == net::IoStatus::kFailed) {
        co_return fail(base::system_error(sent.error, "write to " + target_.address.text()).message);
      }
      if (sent.status == net::IoStatus::kOk) {
        outbox.drop(sent.bytes);
        continue;
      }
      const net::WaitStatus waited = co_await socket_->writable(deadline_);
      if (waited == net::WaitStatus::kTimeout) {
        co_return fail(fmt::format("it did not take the request within {}", config::duration_text(timeout_)));
      }
    }
    outbox.lend({memory.data(), memory.size()});
  }
  co_return true;
}

net::Task<bool> Http2Question::receive() {
  if (!trouble_.text.empty()) co_return false;
  const net::WaitStatus waited = co_await socket_->readable(deadline_);
  if (waited == net::WaitStatus::kTimeout) {
    co_return fail(
        fmt::format("no {} within {}", has_head_ ? "complete answer" : "answer", config::duration_text(timeout_)));
  }
  const net::Buffer buffer = loop_.buffers().borrow(net::BufferPool::kMedium);
  const net::IoResult got = socket_->read_some({buffer.data(), buffer.size()});
  if (got.status == net::IoStatus::kWouldBlock) co_return true;
  if (got.status == net::IoStatus::kFailed) {
    co_return fail(base::system_error(got.error, "read from " + target_.address.text()).message);
  }
  if (got.status == net::IoStatus::kEnd) {
    co_return fail(has_head_ ? "the connection was closed in the middle of the answer"
                             : "the connection was closed without an answer");
  }
  const bool goes_on = session_.receive({buffer.data(), got.bytes}, loop_.now());
  const bool is_over = complete_ || !trouble_.text.empty();
  if (!goes_on && !is_over) {
    co_return fail(fmt::format("no valid answer of HTTP/2: {}", wire::http2::to_string(session_.error())));
  }
  if (is_over) co_return complete_;
  co_return co_await send();
}

void Http2Question::head_came(const wire::http2::HeadFacts& facts) {
  if (facts.is_interim) {
    if (++interim_ > kInterimAnswersMax) fail(fmt::format("more than {} interim answers", kInterimAnswersMax));
    return;
  }
  has_head_ = true;
  complete_ = facts.ended;
}

void Http2Question::body_came(std::string_view bytes) {
  body_.append(bytes.substr(0, kSearchedBytesMax - std::min(body_.size(), kSearchedBytesMax)));
  session_.consume(*this, bytes.size());
}

void Http2Question::closed(ErrorCode why, bool by_peer) {
  if (complete_) return;
  fail(by_peer ? fmt::format("it reset the stream ({})", wire::http2::to_string(why))
               : fmt::format("no valid answer of HTTP/2: {}", wire::http2::to_string(why)));
}

wire::http2::Stream::Outgoing Http2Question::next_piece(std::size_t max) {
  const std::string_view piece = outgoing_.substr(0, max);
  outgoing_.remove_prefix(piece.size());
  return {piece, outgoing_.empty()};
}

}  // namespace headgate::health::checks
