#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "health/checks/finding.h"
#include "health/checks/target.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/task.h"
#include "wire/http2/session.h"

namespace headgate::health::checks {

/// One request over HTTP/2, by prior knowledge and on a connection of its own, and what comes of its answer.
///
///     Http2Question question(loop, target, timeout);
///     if (!co_await question.ask(head, extras, body)) co_return question.trouble();
///     while (!question.has_head()) if (!co_await question.receive()) co_return question.trouble();
class Http2Question final : private wire::http2::Stream, private wire::http2::SessionEvents {
 public:
  /// All of it within `timeout`, from now.
  Http2Question(net::Loop& loop, Target target, base::Duration timeout);
  ~Http2Question() override;

  /// Connects and sends; `body` is the whole of it. False: trouble() says why not.
  net::Task<bool> ask(const wire::http::RequestHead& head, wire::http2::Session::RequestExtras extras,
                      std::string_view body);
  /// Until more has come. False: trouble() says why nothing will.
  net::Task<bool> receive();

  bool has_head() const { return has_head_; }
  bool is_complete() const { return complete_; }
  const wire::http::ResponseHead& head() const { return head_; }
  const wire::http::Fields& trailers() const { return trailers_; }
  /// At most kSearchedBytesMax of it; what comes beyond is dropped.
  std::string_view body() const { return body_; }
  const Finding& trouble() const { return trouble_; }

 private:
  Place place() override { return {&arena_, nullptr, has_head_ ? nullptr : &head_, &trailers_}; }
  void head_came(const wire::http2::HeadFacts& facts) override;
  void body_came(std::string_view bytes) override;
  void body_ended() override { complete_ = true; }
  void closed(wire::http2::ErrorCode why, bool by_peer) override;
  Outgoing next_piece(std::size_t max) override;

  net::Task<bool> send();
  bool fail(std::string text);

  net::Loop& loop_;
  const Target target_;
  const base::Duration timeout_;
  const base::Time deadline_;
  base::Arena arena_;
  wire::http2::Session session_;
  std::unique_ptr<net::Socket> socket_;
  std::string_view outgoing_;
  wire::http::ResponseHead head_;
  wire::http::Fields trailers_;
  std::string body_;
  bool has_head_ = false;
  bool complete_ = false;
  int interim_ = 0;
  Finding trouble_;
};

}  // namespace headgate::health::checks
