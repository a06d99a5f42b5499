// HTTP/2 as a client hears it: whatever a backend sends, and in whatever pieces, heads are whole, events keep their
// order and bounds hold.
#include <chrono>
#include <memory>

#include "base/arena.h"
#include "tests/fuzz/wire_fuzz.h"
#include "tests/fuzz/wire_http2.h"
#include "wire/http2/session.h"

namespace {

using namespace headgate;
using fuzz::require;

constexpr int kStreams = 3;
constexpr std::size_t kWindow = 64 * 1024;

/// Notes what it is told, as a text.
class Request final : public wire::http2::Stream {
 public:
  explicit Request(bool has_body) : has_body_(has_body) {}
  std::string told;

 private:
  Place place() override { return {&arena_, nullptr, has_head_ ? nullptr : &head_, &trailers_}; }
  void head_came(const wire::http2::HeadFacts& facts) override {
    require(!has_head_ && !is_closed_, "a head comes once");
    require(head_.status >= 100 && head_.status <= 599 && head_.status != 101, "a status is one of HTTP/2");
    require(facts.is_interim == (head_.status < 200), "1xx is interim");
    for (const wire::http::Field& field : head_.fields) {
      require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
              "a value is one line");
      require(!field.name.empty() && field.name.front() != ':', "a name is a field's");
    }
    require(!head_.fields.has(wire::http::FieldId::kTransferEncoding), "no framing of HTTP/1");
    require(!head_.fields.has(wire::http::FieldId::kConnection), "no hop of HTTP/1");
    told += std::to_string(head_.status) + "\n" + fuzz::text_of(head_.fields);
    if (facts.is_interim) return;
    has_head_ = true;
    if (facts.ended) complete();
  }
  void body_came(std::string_view bytes) override {
    require(has_head_ && !is_complete_ && !is_closed_, "a body follows a head");
    body_bytes_ += bytes.size();
    require(body_bytes_ <= kWindow, "no more than the window, which nobody opens again");
    told += bytes;
  }
  void body_ended() override {
    require(has_head_, "an end follows a head");
    complete();
  }
  void closed(wire::http2::ErrorCode why, bool) override {
    require(!is_closed_, "closed once");
    is_closed_ = true;
    told += "closed " + std::to_string(static_cast<unsigned>(why)) + "\n";
  }
  Outgoing next_piece(std::size_t) override {
    return has_body_ ? Outgoing{std::exchange(body_, {}), true} : Outgoing{{}, true};
  }
  void complete() {
    require(!is_complete_, "complete once");
    is_complete_ = true;
    told += "complete\n" + fuzz::text_of(trailers_);
  }

  const bool has_body_;
  std::string_view body_ = "hello";
  base::Arena arena_;
  wire::http::ResponseHead head_;
  wire::http::Fields trailers_;
  bool has_head_ = false;
  bool is_complete_ = false;
  bool is_closed_ = false;
  std::size_t body_bytes_ = 0;
};

class Client final : private wire::http2::SessionEvents {
 public:
  Client() : session_(wire::http2::Role::kClient, settings(), *this) {
    for (int i = 0; i < kStreams; ++i) {
      requests_.push_back(std::make_unique<Request>(i == 1));
      wire::http::RequestHead head;
      head.method_text = i == 1 ? "POST" : i == 2 ? "HEAD" : "GET";
      head.path = "/";
      wire::http2::Session::RequestExtras extras;
      extras.authority = "a";
      extras.has_body = i == 1;
      session_.request(*requests_.back(), head, 0, extras);
    }
    fuzz::say_all(session_);
  }

  bool take(std::string_view bytes) {
    const bool goes_on = session_.receive(bytes, base::Time{} + std::chrono::hours(1));
    fuzz::say_all(session_);
    return goes_on && !session_.is_over();
  }

  /// The connection is gone: every stream has heard of an end.
  std::string all_told() {
    session_.abandon(wire::http2::ErrorCode::kCancel);
    require(session_.streams_open() == 0, "nothing is left open");
    std::string out;
    for (const std::unique_ptr<Request>& request : requests_) out += request->told + "--\n";
    return out;
  }

 private:
  static wire::http2::Settings settings() {
    wire::http2::Settings out;
    out.stream_window = out.connection_window = kWindow;
    out.head = {1024, 10};
    return out;
  }
  std::vector<std::unique_ptr<Request>> requests_;
  wire::http2::Session session_;
};

std::string hear(std::string_view input, const std::vector<std::size_t>& arrivals) {
  Client client;
  std::size_t before = 0;
  for (const std::size_t size : arrivals) {
    const std::vector<char> piece = fuzz::exact_copy(input.substr(before, size - before));
    before = size;
    if (!client.take({piece.data(), piece.size()})) break;
  }
  return client.all_told();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  // Between two pieces the client answers, so a flood may be told later or earlier: order and bounds are what must
  // hold.
  hear(input, {input.size()});
  hear(input, fuzz::arrivals_of(input));
  return 0;
}
