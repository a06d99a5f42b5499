// HTTP/2 as a server hears it: whatever a client sends behind its preface, and in whatever pieces, what comes out is as
// strict as what HTTP/1's parser lets through, events keep their order and bounds hold.
#include <chrono>
#include <memory>

#include "base/arena.h"
#include "tests/fuzz/wire_fuzz.h"
#include "tests/fuzz/wire_http2.h"
#include "wire/http2/session.h"

namespace {

using namespace headgate;
using fuzz::require;
using wire::http::FieldId;

constexpr std::size_t kWindow = 64 * 1024;
constexpr std::size_t kStreamsMax = 8;
constexpr wire::http2::HeadLimits kLimits{1024, 10};

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

/// A request; answers when it is complete.
class Request final : public wire::http2::Stream {
 public:
  explicit Request(wire::http2::Session& session) : session_(session) {}
  bool is_over() const { return is_closed_; }

 private:
  Place place() override { return {&arena_, &head_, nullptr, &trailers_}; }
  void head_came(const wire::http2::HeadFacts& facts) override {
    require(!has_head_ && !is_closed_, "a head comes once");
    has_head_ = true;
    content_length_ = facts.content_length;
    if (facts.refusal == 0) require_sound();
    if (facts.ended) complete();
  }
  void require_sound() {
    require(!head_.path.empty() && (head_.path.front() == '/' || head_.path == "*"), "a path is one");
    require(!head_.host.empty() && head_.fields.count(FieldId::kHost) == 1, "one host");
    require(head_.path.find_first_of(" \r\n\t#") == std::string_view::npos, "a path has no blanks");
    require(head_.fields.size() <= kLimits.fields + 1, "no more fields than the limit, and Host");
    require(head_.fields.count(FieldId::kCookie) <= 1, "crumbs are joined");
    for (const wire::http::Field& field : head_.fields) {
      require(is_one_line(field.value) && is_one_line(field.name), "a field is one line");
      require(!field.name.empty() && field.name.front() != ':', "a name is a field's");
      require(field.name.find_first_of(": \t") == std::string_view::npos, "a name is a token");
    }
    require(!head_.fields.has_any(wire::http::Fields::bit(FieldId::kTransferEncoding) |
                                  wire::http::Fields::bit(FieldId::kConnection) |
                                  wire::http::Fields::bit(FieldId::kUpgrade)),
            "nothing of HTTP/1's framing and hops");
  }
  void body_came(std::string_view bytes) override {
    require(has_head_ && !is_complete_ && !is_closed_, "a body follows a head");
    body_bytes_ += bytes.size();
    require(body_bytes_ <= kWindow, "no more than the window, which nobody opens again");
  }
  void body_ended() override {
    require(has_head_, "an end follows a head");
    complete();
  }
  void complete() {
    require(!is_complete_, "complete once");
    require(!content_length_ || *content_length_ == body_bytes_, "Content-Length is the sum of DATA");
    is_complete_ = true;
    session_.respond(*this, 200, head_.fields, 0, std::nullopt, true);
  }
  void closed(wire::http2::ErrorCode, bool) override {
    require(!is_closed_, "closed once");
    is_closed_ = true;
  }
  Outgoing next_piece(std::size_t max) override { return {std::string_view("hello").substr(0, max), max >= 5}; }

  wire::http2::Session& session_;
  base::Arena arena_;
  wire::http::RequestHead head_;
  wire::http::Fields trailers_;
  std::optional<std::uint64_t> content_length_;
  bool has_head_ = false;
  bool is_complete_ = false;
  bool is_closed_ = false;
  std::size_t body_bytes_ = 0;
};

class Server final : private wire::http2::SessionEvents {
 public:
  Server() : session_(wire::http2::Role::kServer, settings(), *this) {
    session_.receive(wire::http2::kPreface, base::Time{} + std::chrono::hours(1));
  }
  ~Server() override { session_.abandon(wire::http2::ErrorCode::kCancel); }

  bool take(std::string_view bytes) {
    const bool goes_on = session_.receive(bytes, base::Time{} + std::chrono::hours(1));
    fuzz::say_all(session_);
    require(session_.streams_open() <= 2 * kStreamsMax, "no more streams than allowed, and those that are being reset");
    std::erase_if(requests_, [](const std::unique_ptr<Request>& request) { return request->is_over(); });
    return goes_on && !session_.is_over();
  }

 private:
  static wire::http2::Settings settings() {
    wire::http2::Settings out;
    out.streams_max = kStreamsMax;
    out.stream_window = out.connection_window = kWindow;
    out.head = kLimits;
    return out;
  }
  wire::http2::Stream* open_stream() override {
    requests_.push_back(std::make_unique<Request>(session_));
    return requests_.back().get();
  }
  std::vector<std::unique_ptr<Request>> requests_;
  wire::http2::Session session_;
};

void hear(std::string_view input, const std::vector<std::size_t>& arrivals) {
  Server server;
  std::size_t before = 0;
  for (const std::size_t size : arrivals) {
    const std::vector<char> piece = fuzz::exact_copy(input.substr(before, size - before));
    before = size;
    if (!server.take({piece.data(), piece.size()})) break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  hear(input, {input.size()});
  hear(input, fuzz::arrivals_of(input));
  return 0;
}
