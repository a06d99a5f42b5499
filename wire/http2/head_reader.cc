#include "wire/http2/head_reader.h"

#include <cstring>
#include <string>

#include "base/ascii.h"
#include "wire/http/trailers.h"
#include "wire/http/uri.h"

namespace headgate::wire::http2 {
namespace {

using http::Field;
using http::FieldId;
using http::Fields;
using http::Method;

/// RFC 9113 section 8.2.2: what speaks of a connection has no place in HTTP/2. TE may say "trailers".
constexpr std::uint64_t kConnectionSpecific = Fields::bit(FieldId::kConnection) | Fields::bit(FieldId::kKeepAlive) |
                                              Fields::bit(FieldId::kProxyConnection) |
                                              Fields::bit(FieldId::kTransferEncoding) | Fields::bit(FieldId::kUpgrade);

void refuse(HeadFacts& facts, std::uint16_t status, std::string_view reason) {
  if (facts.refusal != 0) return;
  facts.refusal = status;
  facts.refusal_reason = reason;
}

/// Content-Length as HTTP/1 reads it: once, digits, below 2^63. False: malformed.
bool read_content_length(const Fields& fields, HeadFacts& facts) {
  if (!fields.has(FieldId::kContentLength)) return true;
  if (fields.count(FieldId::kContentLength) > 1) return false;
  const std::optional<std::int64_t> bytes = base::parse_decimal<std::int64_t>(fields.value_of(FieldId::kContentLength));
  if (!bytes || *bytes < 0) return false;
  facts.content_length = static_cast<std::uint64_t>(*bytes);
  return true;
}

}  // namespace

void HeadReader::begin(const Stream::Place& place, bool is_trailers) {
  place_ = place;
  is_trailers_ = is_trailers;
  too_many_fields_ = false;
  bytes_ = fields_ = cookies_ = 0;
  method_ = scheme_ = authority_ = path_ = protocol_ = status_ = {};
  if (!is_trailers && place_.response != nullptr) place_.response->clear();
}

http::Fields& HeadReader::fields() {
  if (is_trailers_) return *place_.trailers;
  return place_.request != nullptr ? place_.request->fields : place_.response->fields;
}

HeadReader::Verdict HeadReader::add(std::string_view name, std::string_view value) {
  constexpr std::size_t kLineBytes = 4;  // ": " and CRLF
  bytes_ += name.size() + value.size() + kLineBytes;
  if (bytes_ > limits_.head_bytes) {
    return bytes_ > kFloodFactor * limits_.head_bytes ? Verdict::kFlood : Verdict::kFine;
  }
  if (!name.empty() && name.front() == ':') return add_pseudo(name, value);
  if (++fields_ > limits_.fields) {
    too_many_fields_ = true;
    return Verdict::kFine;
  }
  const FieldId id = http::field_id_of(name);
  if (id != FieldId::kOther && (kConnectionSpecific & Fields::bit(id)) != 0) return Verdict::kMalformed;
  if (id == FieldId::kCookie) ++cookies_;
  store(name, value, id);
  return Verdict::kFine;
}

/// As a line of HTTP/1, one behind the other: a head that goes on to such a backend is then written in one piece.
void HeadReader::store(std::string_view name, std::string_view value, FieldId id) {
  const std::string_view spelt = id == FieldId::kOther ? name : http::name_of(id);
  char* const line = place_.arena->take(name.size() + value.size() + 4);
  char* next = line;
  std::memcpy(next, spelt.data(), spelt.size());
  next += spelt.size();
  std::memcpy(next, ": ", 2);
  next += 2;
  if (!value.empty()) std::memcpy(next, value.data(), value.size());
  std::memcpy(next + value.size(), "\r\n", 2);
  fields().add({line, spelt.size()}, {next, value.size()}, id);
}

HeadReader::Verdict HeadReader::add_pseudo(std::string_view name, std::string_view value) {
  const std::string_view kept = place_.arena->copy(value);
  if (name == ":method") {
    method_ = kept;
  } else if (name == ":path") {
    path_ = kept;
  } else if (name == ":authority") {
    authority_ = kept;
  } else if (name == ":scheme") {
    scheme_ = kept;
  } else if (name == ":protocol") {
    protocol_ = kept;
  } else if (name == ":status") {
    status_ = kept;
  } else {
    return Verdict::kMalformed;
  }
  return Verdict::kFine;
}

bool HeadReader::finish_request(HeadFacts& facts) {
  http::RequestHead& head = *place_.request;
  if (bytes_ > limits_.head_bytes) refuse(facts, 431, "head too long");
  if (too_many_fields_) refuse(facts, 431, "too many fields");
  read_method(facts);
  if (!read_authority(facts)) return false;
  if (!read_content_length(head.fields, facts)) return false;
  if (head.method != Method::kConnect) read_target(facts);
  read_expectation(facts);
  join_cookies();
  return true;
}

void HeadReader::read_method(HeadFacts& facts) {
  http::RequestHead& head = *place_.request;
  head.method_text = method_;
  head.method = http::method_from(method_);
  if (head.method != Method::kConnect) return;
  if (protocol_.empty()) {
    refuse(facts, 501, "CONNECT is not offered");
  } else if (protocol_ != "websocket") {
    refuse(facts, 501, "this :protocol is not offered");
  } else {
    // The rest of the house sees what HTTP/1 would have brought: a GET that wants to upgrade.
    facts.protocol = protocol_;
    head.method = Method::kGet;
    head.method_text = "GET";
  }
}

/// RFC 9113 section 8.3.1: :authority stands for Host. Both with different hosts is a request for two.
bool HeadReader::read_authority(HeadFacts& facts) {
  http::RequestHead& head = *place_.request;
  const Field* const host = head.fields.find(FieldId::kHost);
  if (host != nullptr && head.fields.count(FieldId::kHost) > 1) return false;
  if (authority_.empty()) authority_ = host == nullptr ? std::string_view() : host->value;
  if (host != nullptr && !base::equals_ignoring_case(host->value, authority_)) return false;
  if (!http::parse_authority(authority_, head)) refuse(facts, 400, "bad authority");
  if (host == nullptr) store("host", authority_, FieldId::kHost);
  return true;
}

void HeadReader::read_target(HeadFacts& facts) {
  http::RequestHead& head = *place_.request;
  const bool is_https = base::equals_ignoring_case(scheme_, "https");
  if (!is_https && !base::equals_ignoring_case(scheme_, "http")) refuse(facts, 400, "unknown scheme");
  head.secure_target = is_https;
  facts.scheme = is_https ? "https" : "http";
  // An absolute URI in :path would be a second authority.
  const bool is_path = !path_.empty() && (path_.front() == '/' || path_ == "*");
  if (!is_path || !http::parse_target(path_, *place_.arena, head)) refuse(facts, 400, "bad request target");
}

void HeadReader::read_expectation(HeadFacts& facts) {
  const Fields& fields = place_.request->fields;
  if (!fields.has(FieldId::kExpect)) return;
  for (const Field& field : fields) {
    if (field.id != FieldId::kExpect) continue;
    http::for_each_member(field.value, [&facts](std::string_view expectation) {
      if (!base::equals_ignoring_case(expectation, "100-continue")) refuse(facts, 417, "unknown expectation");
      facts.expects_continue = true;
      return true;
    });
  }
}

/// RFC 9113 section 8.2.3: crumbs are one field again before they leave HTTP/2.
void HeadReader::join_cookies() {
  if (cookies_ < 2) return;
  Fields& all = place_.request->fields;
  std::string joined;
  for (const Field& field : all) {
    if (field.id != FieldId::kCookie) continue;
    if (!joined.empty()) joined += "; ";
    joined += field.value;
  }
  all.remove(FieldId::kCookie);
  store("cookie", joined, FieldId::kCookie);
}

bool HeadReader::finish_response(HeadFacts& facts) {
  http::ResponseHead& head = *place_.response;
  if (bytes_ > limits_.head_bytes || too_many_fields_) return false;
  const std::optional<std::uint16_t> status = base::parse_decimal<std::uint16_t>(status_);
  if (!status || *status < 100 || *status > 599) return false;
  head.status = *status;
  facts.is_interim = *status < 200;
  return read_content_length(head.fields, facts);
}

bool HeadReader::finish_trailers() {
  if (bytes_ > limits_.head_bytes || too_many_fields_) return false;
  place_.trailers->remove_all(http::kNotInTrailers);
  return true;
}

}  // namespace headgate::wire::http2
