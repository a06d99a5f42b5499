// Response heads, to each kind of request: sound, and the same however they arrive and when written again.
#include "tests/fuzz/wire_fuzz.h"
#include "wire/http1/head_parser.h"
#include "wire/http1/head_writer.h"

namespace {

using namespace headgate;
using namespace headgate::wire;
using fuzz::require;
using http1::Framing;
using http1::ParseState;

constexpr http1::HeadLimits kLimits{.head_bytes = 1024, .fields = 12};

struct Parsed {
  explicit Parsed(http::Method answered) : method(answered) {}

  http::Method method;
  ParseState state = ParseState::kNeedMore;
  http::ResponseHead head;
  http1::Hop hop;
  http1::Refusal refusal;

  void parse(std::string_view buffer, std::size_t& scanned) {
    state = http1::parse_response_head(buffer, kLimits, scanned, method, head, hop, refusal);
  }
  std::string text() const {
    if (state != ParseState::kDone) return state == ParseState::kRefused ? std::to_string(refusal.status) : "more";
    std::string out = std::to_string(head.status) + "|" + std::string(head.reason) + "|";
    out += std::to_string(hop.head_bytes) + "|" + std::to_string(static_cast<int>(hop.framing)) + "|" +
           std::to_string(hop.content_length) + "|" + std::to_string(hop.keep_alive) + std::to_string(hop.upgrade) +
           std::to_string(hop.minor_version);
    return out + "\n" + fuzz::text_of(head.fields);
  }
};

std::string text_in_pieces(std::string_view input, http::Method method) {
  Parsed parsed(method);
  std::size_t scanned = 0;
  std::vector<char> bytes;
  for (std::size_t size : fuzz::arrivals_of(input)) {
    bytes = fuzz::exact_copy(input.substr(0, size));
    parsed.parse({bytes.data(), bytes.size()}, scanned);
    if (parsed.state != ParseState::kNeedMore) break;
  }
  return parsed.text();
}

void require_sound(const Parsed& parsed, std::string_view buffer) {
  require(parsed.hop.head_bytes <= buffer.size() && parsed.hop.head_bytes <= kLimits.head_bytes, "head_bytes");
  require(buffer.substr(0, parsed.hop.head_bytes).ends_with("\r\n\r\n"), "a head ends with an empty line");
  require(parsed.head.status >= 100 && parsed.head.status <= 599, "the status");
  require(fuzz::is_inside(parsed.head.reason, buffer), "the reason");
  require(parsed.head.fields.size() <= kLimits.fields, "the limit of fields");
  fuzz::require_sound(parsed.head.fields, buffer);
  const bool bodiless = http::is_bodiless(parsed.head.status) || parsed.method == http::Method::kHead;
  require((parsed.hop.framing == Framing::kNone) == bodiless, "who has a body");
  require(parsed.hop.framing != Framing::kUntilClose || !parsed.hop.keep_alive, "a close ends the connection");
}

void require_same_when_written(const Parsed& parsed) {
  if (parsed.hop.minor_version == 0) return;
  char out[2 * kLimits.head_bytes];
  http1::HeadWriter writer(out, sizeof out);
  writer.status_line(parsed.head.status, parsed.head.reason);
  writer.fields(parsed.head.fields, 0);
  writer.end();
  require(!writer.overflowed(), "room to write");
  Parsed again(parsed.method);
  std::size_t scanned = 0;
  again.state =
      http1::parse_response_head(writer.written(), {}, scanned, again.method, again.head, again.hop, again.refusal);
  again.hop.head_bytes = parsed.hop.head_bytes;
  if (parsed.head.reason.empty()) again.head.reason = {};
  require(again.text() == parsed.text(), "a head that is written and read again is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  for (http::Method method : {http::Method::kGet, http::Method::kHead}) {
    Parsed whole(method);
    std::size_t scanned = 0;
    whole.parse(input, scanned);
    if (whole.state == ParseState::kDone) {
      require_sound(whole, input);
      require_same_when_written(whole);
    }
    const std::string ended = input + "\r\n\r\n";
    Parsed at_once(method);
    scanned = 0;
    at_once.parse(ended, scanned);
    require(at_once.text() == text_in_pieces(ended, method), "the pieces make no difference");
  }
  return 0;
}
