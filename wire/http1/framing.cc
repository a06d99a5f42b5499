#include "wire/http1/framing.h"

#include <optional>

#include "base/ascii.h"
#include "wire/http1/field_lines.h"

namespace headgate::wire::http1 {
namespace {

using http::Field;
using http::FieldId;
using http::Fields;

constexpr std::uint64_t kHopBits = Fields::bit(FieldId::kContentLength) | Fields::bit(FieldId::kTransferEncoding) |
                                   Fields::bit(FieldId::kConnection) | Fields::bit(FieldId::kExpect);

bool refused(Refusal& refusal, std::uint16_t status, std::string_view reason) {
  refuse(refusal, status, reason);
  return false;
}

/// 1*DIGIT, below 2^63 so that sums and differences of lengths fit too.
std::optional<std::uint64_t> length_from(std::string_view digits) {
  constexpr std::size_t kDigitsThatFit = 18;  // 10^18 - 1 is below 2^63
  if (digits.empty() || digits.size() > kDigitsThatFit) [[unlikely]] {
    const std::optional<std::int64_t> value = base::parse_decimal<std::int64_t>(digits);
    return value ? std::optional<std::uint64_t>(*value) : std::nullopt;
  }
  std::uint64_t value = 0;
  for (char c : digits) {
    if (!base::is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

bool read_content_length(const Fields& fields, Hop& hop, Refusal& refusal) {
  if (!fields.has(FieldId::kContentLength)) return true;
  const Field* stated = nullptr;
  for (const Field& field : fields) {
    if (field.id != FieldId::kContentLength) continue;
    // A repeated length is refused even if equal: the next hop may see only one of the two.
    if (stated != nullptr) return refused(refusal, 400, "more than one Content-Length");
    stated = &field;
  }
  const std::optional<std::uint64_t> bytes = length_from(stated->value);
  if (!bytes) return refused(refusal, 400, "bad Content-Length");
  hop.has_content_length = true;
  hop.content_length = *bytes;
  return true;
}

/// What the Transfer-Encoding fields, as one list, amount to.
struct Codings {
  bool chunked_last = false;
  bool chunked_early = false;
  bool unknown = false;
  bool malformed = false;
};

void read_coding(std::string_view coding, Codings& out) {
  if (out.chunked_last) out.chunked_early = true;
  out.chunked_last = base::equals_ignoring_case(coding, "chunked");
  if (out.chunked_last) return;
  const std::string_view name = base::trimmed(coding.substr(0, coding.find(';')));
  // chunked takes no parameters (RFC 9112 section 7.1), and an empty list member hides what another reader may see.
  if (!base::is_token(name) || base::equals_ignoring_case(name, "chunked")) {
    out.malformed = true;
  } else {
    out.unknown = true;
  }
}

Codings codings_of(const Fields& fields) {
  Codings out;
  for (const Field& field : fields) {
    if (field.id != FieldId::kTransferEncoding) continue;
    std::size_t start = 0;
    while (start <= field.value.size()) {
      const std::size_t comma = field.value.find(',', start);
      const std::size_t stop = comma == std::string_view::npos ? field.value.size() : comma;
      read_coding(base::trimmed(field.value.substr(start, stop - start)), out);
      start = stop + 1;
    }
  }
  return out;
}

/// Sets kChunked, kLength or kNone.
bool read_framing(const Fields& fields, Hop& hop, Refusal& refusal) {
  if (!fields.has(FieldId::kTransferEncoding)) {
    if (!read_content_length(fields, hop, refusal)) return false;
    hop.framing = hop.has_content_length ? Framing::kLength : Framing::kNone;
    return true;
  }
  if (fields.has(FieldId::kContentLength)) {
    return refused(refusal, 400, "both Content-Length and Transfer-Encoding");
  }
  if (hop.minor_version == 0) return refused(refusal, 400, "Transfer-Encoding in HTTP/1.0");
  const Codings codings = codings_of(fields);
  if (codings.malformed) return refused(refusal, 400, "bad Transfer-Encoding");
  if (codings.chunked_early) return refused(refusal, 400, "chunked is not the last transfer coding");
  if (codings.unknown) return refused(refusal, 501, "unknown transfer coding");
  hop.framing = Framing::kChunked;
  return true;
}

/// The options of a Connection field that headgate acts on (RFC 9110 section 7.6.1).
struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};

void read_options(std::string_view value, ConnectionOptions& out) {
  // Nearly always one word, and splitting a list costs ten times this.
  if (value == "keep-alive") {
    out.keep_alive = true;
    return;
  }
  if (value == "close") {
    out.close = true;
    return;
  }
  http::for_each_member(value, [&out](std::string_view option) {
    out.close = out.close || base::equals_ignoring_case(option, "close");
    out.keep_alive = out.keep_alive || base::equals_ignoring_case(option, "keep-alive");
    out.upgrade = out.upgrade || base::equals_ignoring_case(option, "upgrade");
    return true;
  });
}

void read_connection(const Fields& fields, Hop& hop) {
  hop.keep_alive = hop.minor_version != 0;
  if (!fields.has(FieldId::kConnection)) return;
  ConnectionOptions options;
  for (const Field& field : fields) {
    if (field.id == FieldId::kConnection) read_options(field.value, options);
  }
  hop.keep_alive = (hop.keep_alive || options.keep_alive) && !options.close;
  // RFC 9110 section 7.8: an HTTP/1.0 message cannot upgrade.
  hop.upgrade = options.upgrade && hop.minor_version != 0 && fields.has(FieldId::kUpgrade);
}

bool read_expect(const Fields& fields, Hop& hop, Refusal& refusal) {
  if (!fields.has(FieldId::kExpect) || hop.minor_version == 0) return true;
  bool all_known = true;
  for (const Field& field : fields) {
    if (field.id != FieldId::kExpect) continue;
    http::for_each_member(field.value, [&](std::string_view expectation) {
      const bool known = base::equals_ignoring_case(expectation, "100-continue");
      hop.expect_continue = hop.expect_continue || known;
      all_known = all_known && known;
      return true;
    });
  }
  return all_known || refused(refusal, 417, "unknown expectation");
}

}  // namespace

bool frame_request(const Fields& fields, Hop& hop, Refusal& refusal) {
  if (!fields.has_any(kHopBits)) [[likely]] {
    hop.keep_alive = hop.minor_version != 0;
    return true;
  }
  if (!read_framing(fields, hop, refusal)) return false;
  read_connection(fields, hop);
  return read_expect(fields, hop, refusal);
}

bool frame_response(const Fields& fields, std::uint16_t status, http::Method request_method, Hop& hop,
                    Refusal& refusal) {
  if (!read_framing(fields, hop, refusal)) return false;
  read_connection(fields, hop);
  const bool states_body = hop.framing == Framing::kChunked || hop.content_length > 0;
  // RFC 9110 sections 8.6 and 15.2: neither a 1xx nor a 204 states a body. Behind such a 1xx the next head cannot be
  // found for certain; a 204 is let through, but what follows it is not read.
  if (status < 200 && states_body) return refused(refusal, 502, "a body stated in an interim response");
  if (status == 204 && states_body) hop.keep_alive = false;
  if (http::is_bodiless(status) || request_method == http::Method::kHead) {
    hop.framing = Framing::kNone;
  } else if (hop.framing == Framing::kNone) {
    hop.framing = Framing::kUntilClose;
    hop.keep_alive = false;
  }
  return true;
}

}  // namespace headgate::wire::http1
