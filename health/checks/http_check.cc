#include "health/checks/http_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "config/values.h"
#include "health/checks/tcp_check.h"
#include "net/socket.h"
#include "net/tls/facts.h"
#include "wire/http1/chunked.h"
#include "wire/http1/head_parser.h"

namespace headgate::health::checks {
namespace {

using wire::http1::Framing;
using wire::http1::ParseState;

/// One request and its answer.
class Probe {
 public:
  Probe(net::Loop& loop, const Target& target, const config::HttpCheck& check, base::Duration timeout)
      : loop_(loop), target_(target), check_(check), timeout_(timeout), deadline_(loop.now() + timeout) {}

  net::Task<Finding> run();

 private:
  /// What more bytes there were; nothing to say if all is well.
  enum class Arrival : std::uint8_t { kBytes, kEnd, kNever };

  std::string request() const;
  net::Task<Arrival> receive();
  net::Task<bool> read_head();
  net::Task<Finding> search_body();
  bool search(std::string_view part);
  /// Takes apart what the buffer holds of the body; true if there is nothing more to come, or to find.
  bool take_body();

  std::string_view received() const { return {buffer_.data() + begin_, end_ - begin_}; }
  Finding failed(std::string text) const { return {Verdict::kFailed, std::move(text)}; }
  std::string status_text() const { return fmt::format("HTTP {} from {}", head_.status, check_.path); }

  net::Loop& loop_;
  const Target& target_;
  const config::HttpCheck& check_;
  base::Duration timeout_;
  base::Time deadline_;
  std::unique_ptr<net::Socket> socket_;
  net::Buffer buffer_;  // borrowed when the first bytes are there
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  wire::http::ResponseHead head_;
  wire::http1::Hop hop_;
  wire::http1::ChunkedDecoder chunks_;
  std::uint64_t body_left_ = 0;  // for Framing::kLength
  std::string body_;             // what has been searched, so that a text cut in two is found
  bool answered_ = false;        // at least a byte came
  bool found_ = false;
  Finding trouble_;  // why an arrival was kNever, or a body ended
};

std::string Probe::request() const {
  const std::string host = check_.host.empty() ? target_.host() : check_.host;
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: headgate-check\r\nConnection: close\r\n\r\n",
                     check_.path, host);
}

net::Task<Probe::Arrival> Probe::receive() {
  while (true) {
    const net::WaitStatus waited = co_await socket_->readable(deadline_);
    if (waited == net::WaitStatus::kTimeout) {
      trouble_ = failed(
          fmt::format("no {} within {}", answered_ ? "complete answer" : "answer", config::duration_text(timeout_)));
      co_return Arrival::kNever;
    }
    if (!buffer_) buffer_ = loop_.buffers().borrow(kAnswerHeadBytesMax);
    const net::IoResult got = socket_->read_some({buffer_.data() + end_, buffer_.size() - end_});
    if (got.status == net::IoStatus::kWouldBlock) continue;
    if (got.status == net::IoStatus::kFailed) {
      const net::tls::Facts* tls = socket_->tls();
      const bool has_words = tls != nullptr && !tls->trouble().empty();
      trouble_ = failed(has_words ? std::string(tls->trouble())
                                  : base::system_error(got.error, "read from " + target_.address.text()).message);
      co_return Arrival::kNever;
    }
    end_ += got.bytes;
    answered_ = answered_ || got.bytes > 0;
    co_return got.status == net::IoStatus::kEnd ? Arrival::kEnd : Arrival::kBytes;
  }
}

/// False: trouble_ says why there is no head.
net::Task<bool> Probe::read_head() {
  const wire::http1::HeadLimits limits{.head_bytes = kAnswerHeadBytesMax, .fields = 1000};
  std::size_t scanned = 0;
  int interim = 0;
  while (true) {
    wire::http1::Refusal refusal;
    const ParseState state =
        wire::http1::parse_response_head(received(), limits, scanned, wire::http::Method::kGet, head_, hop_, refusal);
    if (state == ParseState::kDone) {
      begin_ += hop_.head_bytes;
      if (head_.status >= 200) co_return true;
      scanned = 0;
      if (++interim > kInterimAnswersMax) {
        trouble_ = failed(fmt::format("more than {} interim answers", kInterimAnswersMax));
        co_return false;
      }
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
      continue;
    }
    if (state == ParseState::kRefused) {
      trouble_ = failed(fmt::format("no valid HTTP answer: {}", refusal.reason));
      co_return false;
    }
    if (buffer_ && end_ == buffer_.size()) {
      trouble_ = failed(fmt::format("an answer whose head is longer than {}", config::size_text(kAnswerHeadBytesMax)));
      co_return false;
    }
    const Arrival arrival = co_await receive();
    if (arrival == Arrival::kNever) co_return false;
    if (arrival == Arrival::kEnd) {
      trouble_ = failed(answered_ ? "the connection was closed in the middle of the answer's head"
                                  : "the connection was closed without an answer");
      co_return false;
    }
  }
}

bool Probe::search(std::string_view part) {
  const std::size_t searched = body_.size() - std::min(body_.size(), check_.body.size());
  body_.append(part.substr(0, kSearchedBytesMax - body_.size()));
  found_ = body_.find(check_.body, searched) != std::string::npos;
  return found_ || body_.size() == kSearchedBytesMax;
}

bool Probe::take_body() {
  while (begin_ < end_) {
    if (hop_.framing != Framing::kChunked) {
      std::string_view part = received();
      if (hop_.framing == Framing::kLength) part = part.substr(0, body_left_);
      body_left_ -= hop_.framing == Framing::kLength ? part.size() : 0;
      begin_ = end_;
      if (search(part)) return true;
      break;
    }
    const wire::http1::ChunkedDecoder::Step step = chunks_.decode(received());
    begin_ += step.consumed;
    if (search(step.data) || step.state == wire::http1::ChunkedDecoder::State::kDone) return true;
    if (step.state == wire::http1::ChunkedDecoder::State::kMalformed) {
      trouble_ = failed(status_text() + " with malformed chunks");
      return true;
    }
    if (step.consumed == 0) return false;
  }
  begin_ = end_ = 0;
  return hop_.framing == Framing::kLength && body_left_ == 0;
}

net::Task<Finding> Probe::search_body() {
  body_left_ = hop_.content_length;
  bool complete = hop_.framing == Framing::kNone;
  while (!complete) {
    complete = take_body();
    if (complete) break;
    if (end_ == buffer_.size()) {  // what a chunked body keeps back: some of a chunk's head or trailers
      if (begin_ == 0) co_return failed(status_text() + " with too long a line between chunks");
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    }
    const Arrival arrival = co_await receive();
    if (arrival == Arrival::kNever) co_return trouble_;
    if (arrival == Arrival::kEnd) {
      if (hop_.framing != Framing::kUntilClose) {
        co_return failed(status_text() + ", closed in the middle of the body");
      }
      complete = true;
    }
  }
  if (found_) co_return Finding{Verdict::kPassed, status_text()};
  if (!trouble_.text.empty()) co_return trouble_;
  co_return failed(fmt::format("{} without '{}' in its body", status_text(), check_.body));
}

net::Task<Finding> Probe::run() {
  base::Result<std::unique_ptr<net::Socket>> socket = co_await connect_to(loop_, target_, deadline_);
  if (!socket) co_return finding_of(socket.error(), target_.address, timeout_);
  socket_ = std::move(*socket);

  std::string text = request();
  iovec part{text.data(), text.size()};
  const std::span<iovec> parts(&part, 1);
  const base::Result<void> sent = co_await socket_->write_all(parts, deadline_ - loop_.now(), base::Fault::kUpstream);
  if (!sent) co_return failed(sent.error().message);

  const bool has_head = co_await read_head();
  if (!has_head) co_return trouble_;
  if (!is_wanted(head_.status, check_.status)) co_return failed(status_text());
  if (check_.body.empty()) co_return Finding{Verdict::kPassed, status_text()};
  co_return co_await search_body();
}

}  // namespace

bool is_wanted(std::uint16_t status, const std::vector<config::StatusRange>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [status](const config::StatusRange& range) {
    return status >= range.first && status <= range.last;
  });
}

net::Task<Finding> check_http(net::Loop& loop, Target target, config::HttpCheck check, base::Duration timeout) {
  Probe probe(loop, target, check, timeout);
  co_return co_await probe.run();
}

}  // namespace headgate::health::checks
