#pragma once
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "wire/http2/session.h"

// A client's session and a server's, joined in memory.
namespace headgate::wire::http2 {

/// A stream that notes what it is told, and sends what it is given.
class NotingStream final : public Stream {
 public:
  explicit NotingStream(bool is_server, Session* session = nullptr) : is_server_(is_server), session_(session) {}

  Place place() override {
    return {&arena_, is_server_ ? &request : nullptr, is_server_ ? nullptr : &response, &trailers};
  }
  void head_came(const HeadFacts& told) override {
    facts = told;
    if (told.is_interim)
      interims.push_back(response.status);
    else
      ++heads;
  }
  void body_came(std::string_view bytes) override {
    body += bytes;
    if (session_ != nullptr && consumes) session_->consume(*this, bytes.size());
  }
  void body_ended() override { ended = true; }
  void closed(ErrorCode why, bool by_peer) override {
    is_closed = true;
    closed_by_peer = by_peer;
    closed_why = why;
  }
  Outgoing next_piece(std::size_t max) override {
    const std::string_view piece = std::string_view(outgoing).substr(sent, max);
    sent += piece.size();
    return {piece, outgoing_complete && sent == outgoing.size()};
  }
  const http::Fields* outgoing_trailers() override { return &trailers_to_send; }

  http::RequestHead request;
  http::ResponseHead response;
  http::Fields trailers;
  HeadFacts facts;
  int heads = 0;
  std::vector<int> interims;
  std::string body;
  bool ended = false;
  bool is_closed = false;
  bool closed_by_peer = false;
  ErrorCode closed_why = ErrorCode::kNoError;
  bool consumes = true;
  std::string outgoing;
  std::size_t sent = 0;
  bool outgoing_complete = true;
  http::Fields trailers_to_send;

 private:
  base::Arena arena_;
  const bool is_server_;
  Session* session_;
};

/// Takes every stream that comes.
class NotingServer final : public SessionEvents {
 public:
  explicit NotingServer(const Settings& settings = {}) : session(Role::kServer, settings, *this) {}
  Stream* open_stream() override {
    if (refuses) return nullptr;
    streams.push_back(std::make_unique<NotingStream>(true, &session));
    streams.back()->consumes = consumes;
    return streams.back().get();
  }
  void ping_answered() override { ++pongs; }
  NotingStream& last() { return *streams.back(); }

  bool refuses = false;
  bool consumes = true;
  int pongs = 0;
  std::vector<std::unique_ptr<NotingStream>> streams;  // outlives the session that forgets them
  Session session;
};

class NotingClient final : public SessionEvents {
 public:
  explicit NotingClient(const Settings& settings = {}) : session(Role::kClient, settings, *this) {}
  void peer_leaves(ErrorCode) override { left = true; }

  bool left = false;
  Session session;
};

/// All that `from` has to say.
inline std::string said_by(Session& from) {
  std::string all;
  std::vector<char> memory(16 * 1024);
  Outbox out;
  while (true) {
    out.lend(memory);
    from.collect(out);
    if (out.empty()) return all;
    while (!out.empty()) {
      const iovec& part = out.parts().front();
      all.append(static_cast<const char*>(part.iov_base), part.iov_len);
      out.drop(part.iov_len);
    }
  }
}

/// Carries bytes both ways until neither has anything to say.
inline void converse(Session& a, Session& b, base::Time now = base::Time{} + std::chrono::hours(1)) {
  while (true) {
    const std::string from_a = said_by(a);
    const std::string from_b = said_by(b);
    if (from_a.empty() && from_b.empty()) return;
    if (!from_a.empty()) b.receive(from_a, now);
    if (!from_b.empty()) a.receive(from_b, now);
  }
}

}  // namespace headgate::wire::http2
