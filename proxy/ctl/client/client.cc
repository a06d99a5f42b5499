#include "proxy/ctl/client/client.h"

#include <fmt/format.h>

#include <memory>
#include <span>
#include <utility>

#include "base/ascii.h"
#include "config/values.h"
#include "net/socket.h"
#include "proxy/ctl/text/columns.h"
#include "proxy/message/http1_body.h"
#include "wire/http/status.h"
#include "wire/http1/head_parser.h"

namespace headgate::proxy::ctl::client {
namespace {

constexpr int kInterimAnswersMax = 8;
constexpr std::string_view kBase = "/api/v1";

std::string request_text(const Door& door, const Question& question) {
  std::string out = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: headgate-ctl\r\nConnection: close\r\n",
                                question.method, kBase, question.path, door.host);
  if (!door.token.empty()) out += fmt::format("Authorization: Bearer {}\r\n", door.token);
  // Bytes that are not UTF-8 can only come from the command line; a mark stands for each.
  const std::string body =
      question.body ? question.body->dump(-1, ' ', false, Json::error_handler_t::replace) : std::string();
  if (question.body) out += "Content-Type: application/json\r\n";
  if (question.body || question.method != "GET") out += fmt::format("Content-Length: {}\r\n", body.size());
  return out + "\r\n" + body;
}

/// One question on its connection.
class Call {
 public:
  Call(net::Loop& loop, const Door& door, Question question)
      : loop_(loop), door_(door), question_(std::move(question)), deadline_(loop.now() + question_.timeout) {}

  net::Task<base::Result<Answer>> run();

 private:
  net::Task<base::Result<void>> connect();
  net::Task<base::Result<void>> read_head();
  net::Task<base::Result<void>> receive();
  net::Task<base::Result<void>> read_body();
  base::Result<Answer> finished();
  base::Error trouble(base::ErrorKind kind, std::string_view what) const {
    return {kind, base::Fault::kHeadgate, fmt::format("{}: {}", door_.name, what)};
  }
  base::Error too_late() const {
    return trouble(base::ErrorKind::kTimeout,
                   fmt::format("headgate did not answer within {}", config::duration_text(question_.timeout)));
  }

  net::Loop& loop_;
  const Door& door_;
  Question question_;
  base::Time deadline_;
  std::unique_ptr<net::Socket> socket_;
  std::string received_;
  wire::http::ResponseHead head_;
  wire::http1::Hop hop_;
  std::string body_;
};

net::Task<base::Result<void>> Call::connect() {
  base::Error last;
  for (const base::Endpoint& endpoint : door_.endpoints) {
    base::Result<std::unique_ptr<net::Socket>> socket = co_await net::Socket::connect(loop_, endpoint, deadline_);
    if (socket) {
      socket_ = std::move(*socket);
      co_return base::Result<void>();
    }
    last = socket.error();
  }
  co_return unreachable(door_, last);
}

/// More bytes into received_; an Error at the connection's end.
net::Task<base::Result<void>> Call::receive() {
  while (true) {
    const net::WaitStatus waited = co_await socket_->readable(deadline_);
    if (waited == net::WaitStatus::kTimeout) co_return too_late();
    net::Buffer block = loop_.buffers().borrow(net::BufferPool::kMedium);
    const net::IoResult got = socket_->read_some({block.data(), block.size()});
    if (got.status == net::IoStatus::kWouldBlock) continue;
    if (got.status == net::IoStatus::kEnd) {
      co_return trouble(base::ErrorKind::kEof, "the connection was closed before the answer was complete");
    }
    if (got.status == net::IoStatus::kFailed) co_return base::system_error(got.error, door_.name);
    received_.append(block.data(), got.bytes);
    co_return base::Result<void>();
  }
}

net::Task<base::Result<void>> Call::read_head() {
  const wire::http1::HeadLimits limits{.head_bytes = kAnswerHeadBytesMax, .fields = 100};
  std::size_t scanned = 0;
  int interim = 0;
  while (true) {
    wire::http1::Refusal refusal;
    const wire::http1::ParseState state = wire::http1::parse_response_head(
        received_, limits, scanned, wire::http::method_from(question_.method), head_, hop_, refusal);
    if (state == wire::http1::ParseState::kRefused) {
      co_return trouble(base::ErrorKind::kMalformed, fmt::format("what answers is no HTTP: {}", refusal.reason));
    }
    if (state == wire::http1::ParseState::kDone) {
      if (head_.status >= 200) co_return base::Result<void>();
      if (++interim > kInterimAnswersMax) co_return trouble(base::ErrorKind::kMalformed, "interim answers without end");
      received_.erase(0, hop_.head_bytes);
      scanned = 0;
      continue;
    }
    const base::Result<void> more = co_await receive();
    if (!more) co_return more;
  }
}

net::Task<base::Result<void>> Call::read_body() {
  message::Http1Body body;
  body.begin(hop_, std::string_view(received_).substr(hop_.head_bytes), base::Fault::kHeadgate);
  while (true) {
    const std::string_view piece = body.take_ready();
    if (body_.size() + piece.size() > kAnswerBytesMax) {
      co_return trouble(base::ErrorKind::kTooLarge,
                        fmt::format("an answer of more than {}", config::size_text(kAnswerBytesMax)));
    }
    body_.append(piece);
    if (!piece.empty()) continue;
    if (body.at_end()) co_return base::Result<void>();
    const base::Result<void> waited = co_await body.wait(*socket_, question_.timeout, deadline_);
    if (waited) continue;
    if (waited.error().kind == base::ErrorKind::kTimeout) co_return too_late();
    co_return trouble(waited.error().kind, waited.error().message);
  }
}

base::Result<Answer> Call::finished() {
  std::optional<Json> json = parse_json(body_);
  if (!json || !json->is_object()) {
    return trouble(base::ErrorKind::kMalformed,
                   fmt::format("HTTP {} {}, but no JSON: that is not the admin API of this version of headgate",
                               head_.status, text::printable(wire::http::reason_phrase(head_.status))));
  }
  return Answer{head_.status, std::move(body_), std::move(*json)};
}

net::Task<base::Result<Answer>> Call::run() {
  const base::Result<void> connected = co_await connect();
  if (!connected) co_return connected.error();
  std::string request = request_text(door_, question_);
  iovec part{request.data(), request.size()};
  const std::span<iovec> parts(&part, 1);
  const base::Result<void> sent = co_await socket_->write_all(parts, deadline_ - loop_.now(), base::Fault::kHeadgate);
  // A daemon at its bounds answers and closes without reading; the answer says more than the broken pipe.
  const bool may_have_answered = sent || sent.error().kind == base::ErrorKind::kReset;
  if (!may_have_answered) co_return trouble(sent.error().kind, sent.error().message);
  const base::Result<void> has_head = co_await read_head();
  if (!has_head) co_return has_head.error();
  const base::Result<void> has_body = co_await read_body();
  if (!has_body) co_return has_body.error();
  co_return finished();
}

net::Task<void> finish_with(net::Loop& loop, net::Task<base::Result<Answer>> task,
                            std::optional<base::Result<Answer>>& out) {
  base::Result<Answer> answer = co_await task;
  out.emplace(std::move(answer));
  loop.stop();
}

}  // namespace

std::string Answer::refusal() const {
  std::string detail;
  for (const std::string& line : lines(json, "detail")) detail += (detail.empty() ? "" : "\n") + line;
  if (!detail.empty()) return detail;
  const std::string title = client::text(json, "title");
  return title.empty() ? fmt::format("HTTP {} {}", status, wire::http::reason_phrase(status)) : title;
}

net::Task<base::Result<Answer>> Client::ask(net::Loop& loop, Question question) const {
  Call call(loop, door_, std::move(question));
  co_return co_await call.run();
}

base::Result<Answer> Client::ask(const Question& question) const {
  net::Loop loop;
  net::TaskScope tasks;
  std::optional<base::Result<Answer>> out;
  tasks.spawn(finish_with(loop, ask(loop, question), out));
  if (!out) loop.run();
  return std::move(*out);
}

std::string segment(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_unreserved =
        base::is_alpha(c) || base::is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
    out += is_unreserved ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace headgate::proxy::ctl::client
