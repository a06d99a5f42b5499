// Request heads: what comes out lies in the buffer, does not depend on how it came in, and says the same when written.
#include "tests/fuzz/wire_fuzz.h"
#include "wire/http1/head_parser.h"
#include "wire/http1/head_writer.h"

namespace {

using namespace headgate;
using namespace headgate::wire;
using fuzz::require;
using http1::ParseState;

// Small, so that the fuzzer reaches them.
constexpr http1::HeadLimits kLimits{.head_bytes = 1024, .fields = 12};

struct Parsed {
  ParseState state = ParseState::kNeedMore;
  base::Arena arena;
  http::RequestHead head;
  http1::Hop hop;
  http1::Refusal refusal;

  void parse(std::string_view buffer, std::size_t& scanned) {
    state = http1::parse_request_head(buffer, kLimits, scanned, arena, head, hop, refusal);
  }
  std::string text() const {
    if (state != ParseState::kDone) return state == ParseState::kRefused ? std::to_string(refusal.status) : "more";
    std::string out = std::string(head.method_text) + "|" + std::string(head.authority) + "|" + std::string(head.path) +
                      (head.has_query ? "?" : "|") + std::string(head.query) + "|";
    out += std::to_string(hop.head_bytes) + "|" + std::to_string(static_cast<int>(hop.framing)) + "|" +
           std::to_string(hop.content_length) + "|" + std::to_string(hop.keep_alive) +
           std::to_string(hop.expect_continue) + std::to_string(hop.upgrade) + std::to_string(hop.minor_version);
    return out + "\n" + fuzz::text_of(head.fields);
  }
};

std::string text_at_once(std::string_view input) {
  const std::vector<char> bytes = fuzz::exact_copy(input);
  Parsed parsed;
  std::size_t scanned = 0;
  parsed.parse({bytes.data(), bytes.size()}, scanned);
  return parsed.text();
}

std::string text_in_pieces(std::string_view input) {
  Parsed parsed;
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
  const http::RequestHead& head = parsed.head;
  require(parsed.hop.head_bytes <= buffer.size() && parsed.hop.head_bytes <= kLimits.head_bytes, "head_bytes");
  require(buffer.substr(0, parsed.hop.head_bytes).ends_with("\r\n\r\n"), "a head ends with an empty line");
  require(head.fields.size() <= kLimits.fields, "the limit of fields");
  fuzz::require_sound(head.fields, buffer);
  require(fuzz::is_inside(head.method_text, buffer) && !head.method_text.empty(), "the method");
  require(fuzz::is_inside(head.query, buffer) && fuzz::is_inside(head.authority, buffer), "query and authority");
  require(fuzz::is_inside(head.host, head.authority) && fuzz::is_inside(head.port, head.authority), "host and port");
  require(!head.host.empty() || parsed.hop.minor_version == 0, "HTTP/1.1 has a host");
  require(head.path == "*" || head.path.starts_with('/'), "a path starts at the root");
  require(head.path.find("/../") == std::string_view::npos && !head.path.ends_with("/.."), "a path does not climb");
  require(head.method != http::Method::kConnect, "CONNECT is refused");
  const bool both = head.fields.has(http::FieldId::kContentLength) && head.fields.has(http::FieldId::kTransferEncoding);
  require(!both, "one framing");
}

/// What is sent on is understood as what was received.
void require_same_when_written(const Parsed& parsed) {
  if (parsed.head.form == http::TargetForm::kAbsolute || parsed.hop.minor_version == 0) return;
  char out[3 * kLimits.head_bytes];  // brackets in a path grow to escapes
  http1::HeadWriter writer(out, sizeof out);
  writer.request_line(parsed.head);
  writer.fields(parsed.head.fields, 0);
  writer.end();
  require(!writer.overflowed(), "room to write");
  Parsed again;
  std::size_t scanned = 0;
  again.state =
      http1::parse_request_head(writer.written(), {}, scanned, again.arena, again.head, again.hop, again.refusal);
  again.hop.head_bytes = parsed.hop.head_bytes;
  require(again.text() == parsed.text(), "a head that is written and read again is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  Parsed whole;
  std::size_t scanned = 0;
  whole.parse(input, scanned);
  if (whole.state == ParseState::kDone) {
    require_sound(whole, input);
    require_same_when_written(whole);
  }
  // A malformed line in the middle may be refused only when the head's end is there.
  const std::string ended = input + "\r\n\r\n";
  require(text_at_once(ended) == text_in_pieces(ended), "the pieces make no difference");
  return 0;
}
