#include "proxy/http/forwarding.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "base/ascii.h"
#include "base/short_copy.h"
#include "proxy/listener/listener_state.h"

namespace headgate::proxy::http {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;

constexpr std::uint64_t kForwardingFields = Fields::bit(FieldId::kXForwardedFor) |
                                            Fields::bit(FieldId::kXForwardedHost) |
                                            Fields::bit(FieldId::kXForwardedProto) | Fields::bit(FieldId::kForwarded);
constexpr std::size_t kRequestIdMax = 128;

/// "1.2.3.4", "1.2.3.4:567", "[::1]", "[::1]:567", "::1".
std::optional<base::IpAddress> address_in(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    return close == std::string_view::npos ? std::nullopt : base::IpAddress::parse(text.substr(1, close - 1));
  }
  if (const std::optional<base::IpAddress> whole = base::IpAddress::parse(text)) return whole;
  const std::size_t colon = text.rfind(':');
  return colon == std::string_view::npos ? std::nullopt : base::IpAddress::parse(text.substr(0, colon));
}

/// The value of one parameter ("for=") of one element of Forwarded.
std::string_view parameter_of(std::string_view element, std::string_view name) {
  while (!element.empty()) {
    const std::size_t semicolon = element.find(';');
    const std::string_view pair = base::trimmed(element.substr(0, semicolon));
    if (base::equals_ignoring_case(pair.substr(0, name.size()), name)) return pair.substr(name.size());
    if (semicolon == std::string_view::npos) break;
    element.remove_prefix(semicolon + 1);
  }
  return {};
}

/// The chain of addresses as the proxies noted them, the nearest last. Something that is no address ends the trust.
std::vector<std::optional<base::IpAddress>> chain_of(const Fields& fields, FieldId id) {
  std::vector<std::optional<base::IpAddress>> chain;
  for (const Field& field : fields) {
    if (field.id != id) continue;
    // A comma separates also behind a quote: one that a client left open must not hide what a proxy wrote behind it.
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::size_t comma = rest.find(',');
      const std::string_view member = base::trimmed(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      if (member.empty()) continue;
      chain.push_back(address_in(id == FieldId::kForwarded ? parameter_of(member, "for=") : member));
    }
  }
  return chain;
}

/// Sixteen hex digits, two at a time.
void write_hex(std::uint64_t value, char* out) {
  static constexpr std::array<char, 512> kPairs = [] {
    std::array<char, 512> pairs{};
    for (std::size_t i = 0; i < 256; ++i) {
      pairs[2 * i] = "0123456789abcdef"[i >> 4];
      pairs[2 * i + 1] = "0123456789abcdef"[i & 15];
    }
    return pairs;
  }();
  for (int i = 0; i < 8; ++i) std::memcpy(out + 2 * i, &kPairs[2 * (value >> (8 * i) & 0xff)], 2);
}

std::string_view address_text(const base::IpAddress& address, base::Arena& arena) {
  char text[base::IpAddress::kTextMax];
  return arena.copy({text, address.write(text)});
}

/// All values of one field joined by commas, with `more` behind them.
std::string_view appended(const Fields& fields, FieldId id, std::string_view more, base::Arena& arena) {
  std::string_view joined;
  for (const Field& field : fields) {
    if (field.id != id) continue;
    joined = joined.empty() ? field.value : arena.concat({joined, ", ", field.value});
  }
  return joined.empty() ? more : arena.concat({joined, ", ", more});
}

/// Makes fields whose lines lie one behind the other as they will be sent: writing the head then copies them in one
/// piece.
class FieldLines {
 public:
  /// `bytes` is enough for all lines to come.
  FieldLines(Fields& fields, std::size_t bytes, base::Arena& arena) : fields_(fields), next_(arena.take(bytes)) {}

  /// `name` with its ": " behind it. Literals are copied by moves of known size, which is most of the work here.
  template <std::size_t Size>
  void begin(const char (&name)[Size]) {
    name_ = {next_, Size - 3};
    text(name);
    value_ = next_;
  }
  template <std::size_t Size>
  void text(const char (&literal)[Size]) {
    std::memcpy(next_, literal, Size - 1);
    next_ += Size - 1;
  }
  void text(std::string_view part) { next_ = base::put_short(next_, part); }
  void end(FieldId id) {
    fields_.add(name_, {value_, static_cast<std::size_t>(next_ - value_)}, id);
    text("\r\n");
  }

 private:
  Fields& fields_;
  char* next_;
  std::string_view name_;
  const char* value_ = nullptr;
};

constexpr std::string_view kViaName = " headgate";

/// RFC 9110 section 7.6.3: the version without the name of the protocol.
std::string_view version_of(std::string_view protocol) {
  return protocol.substr(protocol.find('/') + 1);
}

/// For a peer whose word about others is not taken, or that said nothing: all of it anew.
void add_fresh_fields(message::Request& request, const base::IpAddress& peer, std::string_view protocol,
                      base::Arena& arena) {
  Fields& fields = request.head.fields;
  char peer_text[base::IpAddress::kTextMax];
  const std::string_view from(peer_text, peer.write(peer_text));
  const std::string_view authority = request.head.authority;
  const std::string_view proto = request.secure ? "https" : "http";
  const bool is_quoted = !authority.empty() && !base::is_token(authority);
  constexpr std::size_t kAllNames = 128;     // the six names with their ": " and CRLF
  constexpr std::size_t kAllConstants = 64;  // for=, host=, proto= twice, quotes and Via
  FieldLines lines(fields, kAllNames + kAllConstants + 2 * from.size() + 2 * authority.size() + request.id.size(),
                   arena);
  lines.begin("X-Forwarded-For: ");
  lines.text(from);
  lines.end(FieldId::kXForwardedFor);
  lines.begin("X-Forwarded-Proto: ");
  lines.text(proto);
  lines.end(FieldId::kXForwardedProto);
  if (!authority.empty()) {
    lines.begin("X-Forwarded-Host: ");
    lines.text(authority);
    lines.end(FieldId::kXForwardedHost);
  }
  lines.begin("Forwarded: ");
  if (peer.is_v4()) {
    lines.text("for=");
    lines.text(from);
  } else {
    lines.text("for=\"[");
    lines.text(from);
    lines.text("]\"");
  }
  if (!authority.empty()) {
    lines.text(";host=");
    if (is_quoted) lines.text("\"");
    lines.text(authority);
    if (is_quoted) lines.text("\"");
  }
  lines.text(";proto=");
  lines.text(proto);
  lines.end(FieldId::kForwarded);
  lines.begin("Via: ");
  lines.text(version_of(protocol));
  lines.text(" headgate");
  lines.end(FieldId::kVia);
  if (fields.has(FieldId::kXRequestId)) fields.remove(FieldId::kXRequestId);
  lines.begin("X-Request-Id: ");
  lines.text(request.id);
  lines.end(FieldId::kXRequestId);
}

/// RFC 7239 section 4: an IPv6 address is bracketed and quoted, and so is whatever is no token.
std::string_view forwarded_element(const message::Request& request, const base::IpAddress& peer,
                                   std::string_view peer_text, base::Arena& arena) {
  const std::string_view open = peer.is_v4() ? "for=" : "for=\"[";
  const std::string_view close = peer.is_v4() ? "" : "]\"";
  const std::string_view proto = request.secure ? ";proto=https" : ";proto=http";
  if (request.head.authority.empty()) return arena.concat({open, peer_text, close, proto});
  const bool quoted = !base::is_token(request.head.authority);
  const std::string_view quote = quoted ? "\"" : "";
  return arena.concat({open, peer_text, close, ";host=", quote, request.head.authority, quote, proto});
}

}  // namespace

void drop_claims_of_proxies(Fields& fields) {
  constexpr std::array<std::string_view, 3> kHosts = {"X-Host", "X-Original-Host", "X-HTTP-Host-Override"};
  static constexpr std::string_view kPrefix = "X-Forwarded-";
  for (const std::string_view name : kHosts) fields.remove(name);
  const auto is_claim = [](const Field& field) {
    return field.id == FieldId::kOther && base::equals_ignoring_case(field.name.substr(0, kPrefix.size()), kPrefix);
  };
  for (auto found = std::find_if(fields.begin(), fields.end(), is_claim); found != fields.end();
       found = std::find_if(fields.begin(), fields.end(), is_claim)) {
    fields.remove(found->name);
  }
}

Provenance provenance_of(const Fields& fields, const base::IpAddress& peer, const listener::ListenerState& listener) {
  Provenance found;
  found.client = peer;
  if (fields.has(FieldId::kXForwardedFor)) {
    found.field = FieldId::kXForwardedFor;
  } else if (fields.has(FieldId::kForwarded)) {
    found.field = FieldId::kForwarded;
  }
  if (found.field == FieldId::kOther || !listener.trusts(peer)) return found;
  found.chain = chain_of(fields, found.field);
  for (auto hop = found.chain.rbegin(); hop != found.chain.rend() && *hop; ++hop) {
    found.client = **hop;
    ++found.believed;
    if (!listener.trusts(found.client)) break;
  }
  return found;
}

base::IpAddress client_of(const Fields& fields, const base::IpAddress& peer, const listener::ListenerState& listener) {
  const bool says_something = fields.has(FieldId::kXForwardedFor) || fields.has(FieldId::kForwarded);
  return says_something ? provenance_of(fields, peer, listener).client : peer;
}

bool came_securely(const Fields& fields, bool peer_is_trusted, bool over_tls) {
  if (!peer_is_trusted) return over_tls;
  const bool in_forwarded = !fields.has(FieldId::kXForwardedProto);
  std::string_view proto;
  const std::string_view list = fields.value_of(in_forwarded ? FieldId::kForwarded : FieldId::kXForwardedProto);
  wire::http::for_each_member(list, [&](std::string_view first) {
    proto = in_forwarded ? parameter_of(first, "proto=") : first;
    return false;
  });
  if (proto.size() > 2 && proto.front() == '"' && proto.back() == '"') proto = proto.substr(1, proto.size() - 2);
  return proto.empty() ? over_tls : base::equals_ignoring_case(proto, "https");
}

void add_forwarding_fields(message::Request& request, const base::IpAddress& peer, bool peer_is_trusted,
                           std::string_view protocol, base::Arena& arena) {
  Fields& fields = request.head.fields;
  const bool said_something = fields.has_any(kForwardingFields);
  if (!said_something || !peer_is_trusted) {
    if (said_something) fields.remove_all(kForwardingFields);
    add_fresh_fields(request, peer, protocol, arena);
    return;
  }
  const std::string_view peer_text = address_text(peer, arena);
  const std::string_view element = forwarded_element(request, peer, peer_text, arena);
  fields.set(FieldId::kXForwardedFor, appended(fields, FieldId::kXForwardedFor, peer_text, arena));
  fields.set(FieldId::kForwarded, appended(fields, FieldId::kForwarded, element, arena));
  if (!fields.has(FieldId::kXForwardedProto)) fields.add(FieldId::kXForwardedProto, request.secure ? "https" : "http");
  if (!fields.has(FieldId::kXForwardedHost) && !request.head.authority.empty()) {
    fields.add(FieldId::kXForwardedHost, request.head.authority);
  }
  // A further line of its own means the same as a member added to an existing one (RFC 9110 section 5.3).
  fields.add(FieldId::kVia, arena.concat({version_of(protocol), kViaName}));
  fields.set(FieldId::kXRequestId, request.id);
}

std::string_view request_id_of(const Fields& fields, bool peer_is_trusted, std::uint64_t random_high,
                               std::uint64_t random_low, base::Arena& arena) {
  if (peer_is_trusted && fields.has(FieldId::kXRequestId)) {
    const std::string_view given = fields.value_of(FieldId::kXRequestId);
    if (!given.empty() && given.size() <= kRequestIdMax && base::is_token(given)) return given;
  }
  char* out = arena.take(32);
  write_hex(random_high, out);
  write_hex(random_low, out + 16);
  return {out, 32};
}

}  // namespace headgate::proxy::http
