#include "proxy/route/conditions.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <bit>

#include "base/ascii.h"
#include "wire/http/uri.h"

namespace headgate::proxy::route {

using base::equals_ignoring_case;
using wire::http::Field;
using wire::http::FieldId;
using wire::http::Method;

std::string_view to_string(Condition condition) {
  switch (condition) {
    case Condition::kHost:
      return "host";
    case Condition::kPath:
      return "path";
    case Condition::kPathRegex:
      return "path_regex";
    case Condition::kMethod:
      return "methods";
    case Condition::kHeader:
      return "header";
    case Condition::kQuery:
      return "query";
    case Condition::kCookie:
      return "cookie";
    case Condition::kClient:
      return "client";
    case Condition::kListener:
      return "listener";
    case Condition::kTlsClient:
      return "tls_client";
    case Condition::kRegion:
      return "region";
  }
  return "";
}

NetworkSet::NetworkSet(const std::vector<base::IpNetwork>& networks) {
  for (const base::IpNetwork& network : networks) {
    const bool is_v4 = network.address.is_v4();
    Range range{network.address.bytes(), network.address.bytes()};
    const int prefix = network.prefix_bits + (is_v4 ? 96 : 0);  // IPv4 is held in the last four bytes
    for (int i = prefix; i < 128; ++i) {
      range.last[static_cast<std::size_t>(i / 8)] |= static_cast<std::uint8_t>(0x80 >> (i % 8));
    }
    (is_v4 ? v4_ : v6_).push_back(range);
  }
  for (std::vector<Range>* ranges : {&v4_, &v6_}) {
    std::sort(ranges->begin(), ranges->end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    std::vector<Range> disjoint;
    for (const Range& range : *ranges) {
      // Networks nest or are apart, they never overlap in part.
      if (disjoint.empty() || disjoint.back().last < range.first) disjoint.push_back(range);
    }
    *ranges = std::move(disjoint);
  }
}

bool NetworkSet::holds(const std::vector<Range>& ranges, const Bytes& bytes) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), bytes, [](const Bytes& b, const Range& r) { return b < r.first; });
  return after != ranges.begin() && bytes <= std::prev(after)->last;
}

bool NetworkSet::contains(const base::IpAddress& address) const {
  return holds(address.is_v4() ? v4_ : v6_, address.bytes());
}

bool host_matches(std::string_view pattern, std::string_view host) {
  host = without_root_dot(host);
  if (pattern.starts_with('.')) {
    return host.size() > pattern.size() && equals_ignoring_case(host.substr(host.size() - pattern.size()), pattern);
  }
  return equals_ignoring_case(host, pattern);
}

bool equals_decoded(std::string_view escaped, std::string_view text) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < escaped.size(); ++i, ++at) {
    char c = escaped[i];
    if (c == '%' && i + 2 < escaped.size()) {
      const int high = base::hex_value(escaped[i + 1]);
      const int low = base::hex_value(escaped[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    }
    if (at >= text.size() || text[at] != c) return false;
  }
  return at == text.size();
}

namespace {

/// Whether a '|' stands outside every group of `pattern`; true also for what is not worth following (\Q...\E).
bool has_top_level_choice(std::string_view pattern) {
  int depth = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      if (i + 1 < pattern.size() && pattern[i + 1] == 'Q') return true;
      ++i;
    } else if (c == '[') {
      ++i;
      if (i < pattern.size() && pattern[i] == '^') ++i;
      if (i < pattern.size() && pattern[i] == ']') ++i;  // first in its class, it stands for itself
      for (; i < pattern.size() && pattern[i] != ']'; ++i) {
        if (pattern[i] == '\\') ++i;
        if (pattern.substr(i).starts_with("[:")) return true;
      }
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == '|' && depth <= 0) {
      return true;
    }
  }
  return false;
}

bool is_plain_in_regex(char c) {
  return base::is_digit(c) || base::is_alpha(c) || std::string_view("/-_~%!@&=:;,'").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view directory_of_regex(std::string_view pattern) {
  if (!pattern.starts_with('^') || has_top_level_choice(pattern)) return {};
  std::size_t end = 1;
  while (end < pattern.size() && is_plain_in_regex(pattern[end])) ++end;
  std::string_view plain = pattern.substr(1, end - 1);
  // A quantifier says how often the last character occurs, and that may be never.
  const bool is_quantified =
      end < pattern.size() && std::string_view("*+?{").find(pattern[end]) != std::string_view::npos;
  if (!plain.empty() && is_quantified) plain.remove_suffix(1);
  return plain.starts_with('/') ? plain.substr(0, plain.rfind('/') + 1) : std::string_view{};
}

Conditions::Conditions() = default;
Conditions::Conditions(Conditions&&) noexcept = default;
Conditions& Conditions::operator=(Conditions&&) noexcept = default;
Conditions::~Conditions() = default;

namespace {

std::vector<NamedValue> compiled(const std::vector<config::NameValueMatch>& wanted, bool are_headers) {
  std::vector<NamedValue> out;
  for (const config::NameValueMatch& each : wanted) {
    const FieldId id = are_headers ? wire::http::field_id_of(each.name) : FieldId::kOther;
    out.push_back(NamedValue{each.name, each.value, id, each.value == "*"});
  }
  return out;
}

bool header_holds(const NamedValue& wanted, const wire::http::Fields& fields) {
  if (wanted.id != FieldId::kOther && !fields.has(wanted.id)) return false;
  for (const Field& field : fields) {
    if (field.id != wanted.id || !(wanted.any_value || field.value == wanted.value)) continue;
    if (wanted.id != FieldId::kOther || equals_ignoring_case(field.name, wanted.name)) return true;
  }
  return false;
}

bool query_holds(const NamedValue& wanted, std::string_view query) {
  const std::optional<std::string_view> value = wire::http::query_value(query, wanted.name);
  return value && (wanted.any_value || equals_decoded(*value, wanted.value));
}

bool cookie_holds(const NamedValue& wanted, const wire::http::Fields& fields) {
  if (!fields.has(FieldId::kCookie)) return false;
  for (const Field& field : fields) {
    if (field.id != FieldId::kCookie) continue;
    const std::optional<std::string_view> value = wire::http::cookie_value(field.value, wanted.name);
    if (value && (wanted.any_value || *value == wanted.value)) return true;
  }
  return false;
}

/// Nothing wanted, or this among what is.
bool is_wanted(const std::vector<std::string>& wanted, std::string_view value) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                       [value](const std::string& each) { return each == "*" || each == value; });
}

std::string text_of(const std::vector<NamedValue>& wanted) {
  std::string out;
  for (const NamedValue& each : wanted) out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", each.name, each.value);
  return out;
}

}  // namespace

base::Result<Conditions> Conditions::compile(const config::Match& match,
                                             const std::vector<config::Listener>& listeners) {
  Conditions out;
  const auto ask = [&out](Condition condition, bool asked) {
    if (asked) out.asks_ |= bit(condition);
  };
  for (const std::string& host : match.hosts) {
    std::string_view pattern = without_root_dot(host);
    if (pattern.starts_with("*.")) pattern.remove_prefix(1);
    if (pattern.empty() || pattern == "." || pattern.find('*') != std::string_view::npos) {
      return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, fmt::format("host '{}' names no host", host)};
    }
    out.hosts_.push_back(base::lowered(pattern));
  }
  ask(Condition::kHost, !match.hosts.empty());
  out.path_ = match.path.value_or("");
  ask(Condition::kPath, !out.path_.empty());
  if (match.path_regex) {
    RE2::Options options;
    options.set_log_errors(false);
    out.regex_ = std::make_unique<RE2>(*match.path_regex, options);
    if (!out.regex_->ok()) {
      return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                         fmt::format("path_regex '{}': {}", *match.path_regex, out.regex_->error())};
    }
    out.path_regex_ = *match.path_regex;
    ask(Condition::kPathRegex, true);
  }
  for (const std::string& method : match.methods) {
    const Method known = wire::http::method_from(method);
    if (known == Method::kOther) {
      out.other_methods_.push_back(method);
    } else {
      out.methods_ |= 1u << static_cast<int>(known);
    }
    out.methods_text_ += (out.methods_text_.empty() ? "" : ", ") + method;
  }
  ask(Condition::kMethod, !match.methods.empty());
  out.headers_ = compiled(match.headers, true);
  ask(Condition::kHeader, !match.headers.empty());
  out.query_ = compiled(match.query, false);
  ask(Condition::kQuery, !match.query.empty());
  out.cookies_ = compiled(match.cookies, false);
  ask(Condition::kCookie, !match.cookies.empty());
  out.clients_ = NetworkSet(match.clients);
  ask(Condition::kClient, !match.clients.empty());
  for (const std::string& name : match.listeners) {
    const auto found =
        std::find_if(listeners.begin(), listeners.end(), [&name](const config::Listener& l) { return l.name == name; });
    if (found == listeners.end()) {
      return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, fmt::format("no listener named '{}'", name)};
    }
    out.listeners_.push_back(static_cast<std::uint32_t>(found - listeners.begin()));
  }
  ask(Condition::kListener, !match.listeners.empty());
  if (match.tls_client) out.tls_client_ = *match.tls_client;
  ask(Condition::kTlsClient, match.tls_client.has_value());
  out.regions_ = match.regions;
  ask(Condition::kRegion, !match.regions.empty());
  return out;
}

bool Conditions::other_method_holds(std::string_view method) const {
  return std::find(other_methods_.begin(), other_methods_.end(), method) != other_methods_.end();
}

bool Conditions::path_holds(std::string_view path) const {
  return path_.ends_with('/') ? path.starts_with(path_) : path == path_;
}

/// Of the client; empty: none.
std::string_view Conditions::region_of(const MatchInput& input) {
  return input.where == nullptr ? std::string_view() : input.where->of(input.client).region;
}

bool Conditions::holds(Condition condition, const MatchInput& input) const {
  const wire::http::RequestHead& head = input.head;
  switch (condition) {
    case Condition::kHost:
      return std::any_of(hosts_.begin(), hosts_.end(),
                         [&head](const std::string& pattern) { return host_matches(pattern, head.host); });
    case Condition::kPath:
      return path_holds(head.path);
    case Condition::kPathRegex:
      return regex_->Match(re2::StringPiece(head.path.data(), head.path.size()), 0, head.path.size(), RE2::UNANCHORED,
                           nullptr, 0);
    case Condition::kMethod:
      return method_holds(head);
    case Condition::kHeader:
      return std::all_of(headers_.begin(), headers_.end(),
                         [&head](const NamedValue& wanted) { return header_holds(wanted, head.fields); });
    case Condition::kQuery:
      return std::all_of(query_.begin(), query_.end(),
                         [&head](const NamedValue& wanted) { return query_holds(wanted, head.query); });
    case Condition::kCookie:
      return std::all_of(cookies_.begin(), cookies_.end(),
                         [&head](const NamedValue& wanted) { return cookie_holds(wanted, head.fields); });
    case Condition::kClient:
      return clients_.contains(input.client);
    case Condition::kListener:
      return std::find(listeners_.begin(), listeners_.end(), input.listener) != listeners_.end();
    case Condition::kTlsClient:
      return input.tls_client != nullptr && is_wanted(tls_client_.subjects, input.tls_client->subject) &&
             is_wanted(tls_client_.fingerprints, input.tls_client->fingerprint);
    case Condition::kRegion:
      return std::find(regions_.begin(), regions_.end(), region_of(input)) != regions_.end();
  }
  return false;
}

std::optional<Condition> Conditions::first_failed(const MatchInput& input, std::uint32_t which) const {
  // The regular expression is the one dear test: it comes last.
  const std::uint32_t asked = asks_ & which;
  for (std::uint32_t left = asked & ~bit(Condition::kPathRegex); left != 0; left &= left - 1) {
    const auto condition = static_cast<Condition>(std::countr_zero(left));
    if (!holds(condition, input)) return condition;
  }
  if ((asked & bit(Condition::kPathRegex)) != 0 && !holds(Condition::kPathRegex, input)) return Condition::kPathRegex;
  return std::nullopt;
}

std::uint32_t Conditions::failed(const MatchInput& input) const {
  std::uint32_t out = 0;
  for (std::uint32_t left = asks_; left != 0; left &= left - 1) {
    const auto condition = static_cast<Condition>(std::countr_zero(left));
    if (!holds(condition, input)) out |= bit(condition);
  }
  return out;
}

std::string Conditions::why_failed(Condition condition, const MatchInput& input) const {
  const wire::http::RequestHead& head = input.head;
  switch (condition) {
    case Condition::kHost: {
      std::string wanted;
      for (const std::string& host : hosts_) {
        wanted += fmt::format("{}{}{}", wanted.empty() ? "" : ", ", host.starts_with('.') ? "*" : "", host);
      }
      return fmt::format("host is '{}', not {}", head.host, wanted);
    }
    case Condition::kPath:
      return fmt::format("path '{}' {} {}", head.path, path_.ends_with('/') ? "is not under" : "is not", path_);
    case Condition::kPathRegex:
      return fmt::format("path '{}' is not found by {}", head.path, path_regex_);
    case Condition::kMethod:
      return fmt::format("method is {}, not {}", head.method_text, methods_text_);
    case Condition::kHeader:
      return fmt::format("the request has not: {}", text_of(headers_));
    case Condition::kQuery:
      return fmt::format("the query has not: {}", text_of(query_));
    case Condition::kCookie:
      return fmt::format("the cookies have not: {}", text_of(cookies_));
    case Condition::kClient:
      return fmt::format("client {} is in none of the networks", input.client.text());
    case Condition::kListener:
      return "the request came in by another listener";
    case Condition::kTlsClient:
      if (input.tls_client == nullptr) return "the client has shown no certificate";
      return fmt::format("the client's certificate is that of {}", input.tls_client->subject);
    case Condition::kRegion: {
      const std::string_view region = region_of(input);
      if (region.empty()) return "the client has no region";
      return fmt::format("the client's region is {}, not {}", region, fmt::join(regions_, ", "));
    }
  }
  return "";
}

}  // namespace headgate::proxy::route
