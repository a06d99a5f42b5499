#include "proxy/stapling/ocsp_fetch.h"

#include <sys/uio.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "net/dns/resolver.h"
#include "net/socket.h"
#include "wire/http1/head_parser.h"

namespace headgate::proxy::stapling {
namespace {

using Text = base::Result<std::string>;

base::Error failed(std::string message) {
  return {base::ErrorKind::kMalformed, base::Fault::kUpstream, std::move(message)};
}

net::Task<base::Result<std::vector<base::IpAddress>>> addresses_of(net::Loop& loop,
                                                                   std::vector<base::Endpoint> resolvers,
                                                                   std::string host) {
  using Addresses = base::Result<std::vector<base::IpAddress>>;
  if (const auto address = base::IpAddress::parse(host)) co_return Addresses(std::vector<base::IpAddress>{*address});
  base::Result<std::unique_ptr<net::dns::Resolver>> resolver = net::dns::Resolver::open(loop, resolvers);
  if (!resolver) co_return Addresses(resolver.error());
  base::Result<net::dns::HostAnswer> answer = co_await (*resolver)->resolve(std::move(host));
  if (!answer) co_return Addresses(answer.error());
  co_return Addresses(std::move(answer->addresses));
}

/// The first of the addresses that takes a connection.
net::Task<base::Result<std::unique_ptr<net::Socket>>> connect_to_one(net::Loop& loop,
                                                                     std::vector<base::IpAddress> addresses,
                                                                     std::uint16_t port, base::Time deadline) {
  using SocketResult = base::Result<std::unique_ptr<net::Socket>>;
  base::Error last = failed("it has no address");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // Each of those that are left has its share of the time.
    const base::Duration share = (deadline - loop.now()) / static_cast<std::int64_t>(addresses.size() - i);
    SocketResult socket = co_await net::Socket::connect(loop, base::Endpoint(addresses[i], port), loop.now() + share);
    if (socket) co_return socket;
    last = socket.error();
  }
  co_return SocketResult(last);
}

/// All that comes until the end of the connection, or of the body where its length is told.
class Answer {
 public:
  /// False: `problem` says what is wrong with it.
  bool take(std::string_view bytes, bool is_end);
  bool is_whole() const { return whole_; }
  std::string body() const { return text_.substr(hop_.head_bytes); }
  const std::string& problem() const { return problem_; }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  std::string text_;
  std::size_t scanned_ = 0;
  bool has_head_ = false;
  bool whole_ = false;
  wire::http1::Hop hop_;
  std::string problem_;
};

bool Answer::take(std::string_view bytes, bool is_end) {
  if (text_.size() + bytes.size() > kAnswerBytesMax) return fail("an answer of more than 64 KiB");
  text_ += bytes;
  if (!has_head_) {
    wire::http::ResponseHead head;
    wire::http1::Refusal refusal;
    const auto state =
        wire::http1::parse_response_head(text_, {}, scanned_, wire::http::Method::kPost, head, hop_, refusal);
    if (state == wire::http1::ParseState::kRefused) return fail("no HTTP answer: " + std::string(refusal.reason));
    if (state == wire::http1::ParseState::kNeedMore) return !is_end || fail("closed without an answer");
    if (head.status != 200) return fail("HTTP " + std::to_string(head.status));
    // One that takes HTTP/1.0 for asked does not send chunks.
    if (hop_.framing == wire::http1::Framing::kChunked) return fail("chunks in an answer to HTTP/1.0");
    has_head_ = true;
  }
  const std::size_t body_bytes = text_.size() - hop_.head_bytes;
  const bool has_length = hop_.framing != wire::http1::Framing::kUntilClose;
  whole_ = has_length ? body_bytes >= hop_.content_length : is_end;
  if (whole_ && has_length) text_.resize(hop_.head_bytes + hop_.content_length);
  return whole_ || !is_end || fail("closed in the middle of its answer");
}

net::Task<Text> receive(net::Socket& socket, base::Time deadline) {
  Answer answer;
  while (!answer.is_whole()) {
    const net::WaitStatus waited = co_await socket.readable(deadline);
    if (waited == net::WaitStatus::kTimeout) co_return Text(failed("no whole answer in time"));
    const net::Buffer buffer = socket.loop().buffers().borrow(net::BufferPool::kSmall);
    const net::IoResult got = socket.read_some({buffer.data(), buffer.size()});
    if (got.status == net::IoStatus::kWouldBlock) continue;
    if (got.status == net::IoStatus::kFailed) co_return Text(base::system_error(got.error, "read"));
    if (!answer.take({buffer.data(), got.bytes}, got.status == net::IoStatus::kEnd)) {
      co_return Text(failed(answer.problem()));
    }
  }
  co_return Text(answer.body());
}

}  // namespace

net::Task<Text> fetch_ocsp(net::Loop& loop, std::vector<base::Endpoint> resolvers, base::x509::OcspResponder responder,
                           std::string question) {
  const base::Time deadline = loop.now() + kFetchTimeout;
  const base::Result<std::vector<base::IpAddress>> addresses =
      co_await addresses_of(loop, std::move(resolvers), responder.host);
  if (!addresses) co_return Text(addresses.error());
  const base::Result<std::unique_ptr<net::Socket>> socket =
      co_await connect_to_one(loop, *addresses, responder.port, deadline);
  if (!socket) co_return Text(socket.error());
  const bool is_v6 = responder.host.find(':') != std::string::npos;
  std::string text = "POST " + responder.path + " HTTP/1.0\r\nHost: " + (is_v6 ? "[" : "") + responder.host +
                     (is_v6 ? "]" : "") + (responder.port == 80 ? "" : ":" + std::to_string(responder.port)) +
                     "\r\nContent-Type: application/ocsp-request\r\nAccept: application/ocsp-response\r\n"
                     "User-Agent: headgate\r\nContent-Length: " +
                     std::to_string(question.size()) + "\r\n\r\n" + question;
  iovec part{text.data(), text.size()};
  const std::span<iovec> parts(&part, 1);
  const base::Result<void> sent = co_await (*socket)->write_all(parts, deadline - loop.now(), base::Fault::kUpstream);
  if (!sent) co_return Text(sent.error());
  co_return co_await receive(**socket, deadline);
}

}  // namespace headgate::proxy::stapling
