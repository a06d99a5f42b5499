#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "net/waiting.h"
#include "proxy/message/body.h"

namespace headgate::proxy::compression {

/// A body that comes as it is told: pieces, and pauses between them that end when the test says so, or a failure.
class ScriptedSource final : public message::BodySource {
 public:
  struct Event {
    enum class Kind : std::uint8_t { kPiece, kPause, kFailure };
    Kind kind = Kind::kPiece;
    std::string text;
  };

  ScriptedSource(net::Loop& loop, std::deque<Event> events) : gate_(loop), events_(std::move(events)) {}

  std::string_view take_ready() override {
    if (!is_ready_) return {};
    is_ready_ = false;
    taken_ += current_.size();
    return current_;
  }
  bool at_end() const override { return !is_ready_ && events_.empty(); }
  net::Task<base::Result<void>> wait() override {
    while (!is_ready_ && !events_.empty()) {
      Event next = std::move(events_.front());
      events_.pop_front();
      if (next.kind == Event::Kind::kFailure) {
        co_return base::Error{base::ErrorKind::kEof, base::Fault::kUpstream, "cut by the script"};
      }
      if (next.kind == Event::Kind::kPause) {
        ++pauses_;
        co_await gate_.wait(base::kNever);
        continue;
      }
      current_ = std::move(next.text);
      is_ready_ = !current_.empty();
    }
    co_return base::Result<void>();
  }
  const wire::http::Fields* trailers() const override { return trailers_.empty() ? nullptr : &trailers_; }

  void go_on() { gate_.open(); }
  std::size_t pauses() const { return pauses_; }
  std::size_t taken() const { return taken_; }
  wire::http::Fields trailers_;

 private:
  net::Gate gate_;
  std::deque<Event> events_;
  std::string current_;
  bool is_ready_ = false;
  std::size_t pauses_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace headgate::proxy::compression
