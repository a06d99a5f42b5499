#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/geo/whereabouts.h"
#include "wire/http/messages.h"

namespace re2 {
class RE2;
}

namespace headgate::proxy::route {

/// The certificate that a client has shown and that was verified.
struct TlsClient {
  std::string_view subject;      ///< RFC 4514
  std::string_view fingerprint;  ///< SHA-256 in lower-case hexadecimal
};

/// What a route is chosen by. `listener` is the index in Config::listeners.
struct MatchInput {
  const wire::http::RequestHead& head;
  const base::IpAddress& client;
  std::uint32_t listener = 0;
  const TlsClient* tls_client = nullptr;    ///< null: it has shown none
  const geo::Whereabouts* where = nullptr;  ///< of the client; null: nothing is known
};

/// What a route can ask for; a bit each in Conditions::asks().
enum class Condition : std::uint8_t {
  kHost,
  kPath,
  kPathRegex,
  kMethod,
  kHeader,
  kQuery,
  kCookie,
  kClient,
  kListener,
  kTlsClient,
  kRegion,
};
constexpr std::uint32_t bit(Condition condition) {
  return 1u << static_cast<int>(condition);
}

/// The key of `match:` that asks for it: "host", "path_regex".
std::string_view to_string(Condition condition);

/// Networks as sorted, disjoint ranges of addresses: a look-up in n networks costs log n.
class NetworkSet {
 public:
  NetworkSet() = default;
  explicit NetworkSet(const std::vector<base::IpNetwork>& networks);
  bool contains(const base::IpAddress& address) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  struct Range {
    Bytes first;
    Bytes last;
  };
  static bool holds(const std::vector<Range>& ranges, const Bytes& bytes);
  std::vector<Range> v4_;
  std::vector<Range> v6_;
};

/// One `name: value` of header, query or cookie.
struct NamedValue {
  std::string name;
  std::string value;
  wire::http::FieldId id = wire::http::FieldId::kOther;  ///< of a header
  bool any_value = false;                                ///< "*"
};

/// The `match:` of one route, ready to be tested. Immutable.
class Conditions {
 public:
  /// Fails on a regular expression that RE2 refuses and on a listener that is not in `listeners`.
  static base::Result<Conditions> compile(const config::Match& match, const std::vector<config::Listener>& listeners);
  Conditions(Conditions&&) noexcept;
  Conditions& operator=(Conditions&&) noexcept;
  ~Conditions();

  /// The bits of what this route asks for.
  std::uint32_t asks() const { return asks_; }

  /// The first of the conditions in `which` that does not hold; nothing if all do.
  std::optional<Condition> first_failed(const MatchInput& input, std::uint32_t which) const;

  /// A bit for each condition that does not hold.
  std::uint32_t failed(const MatchInput& input) const;

  /// Whether those in `which` hold. Cheap ones are tested before dear ones.
  bool hold(const MatchInput& input, std::uint32_t which) const {
    std::uint32_t asked = asks_ & which;
    if ((asked & bit(Condition::kMethod)) != 0) {
      if (!method_holds(input.head)) return false;
      asked &= ~bit(Condition::kMethod);
    }
    return asked == 0 || !first_failed(input, asked).has_value();
  }

  /// What is asked for and what came instead, as a sentence for a person.
  std::string why_failed(Condition condition, const MatchInput& input) const;

  const std::vector<std::string>& hosts() const { return hosts_; }
  const std::string& path() const { return path_; }
  const std::string& path_regex() const { return path_regex_; }
  const std::vector<NamedValue>& headers() const { return headers_; }
  const std::vector<NamedValue>& query() const { return query_; }
  const std::vector<NamedValue>& cookies() const { return cookies_; }

 private:
  Conditions();
  bool holds(Condition condition, const MatchInput& input) const;
  static std::string_view region_of(const MatchInput& input);
  bool method_holds(const wire::http::RequestHead& head) const {
    if (head.method != wire::http::Method::kOther) return (methods_ >> static_cast<int>(head.method) & 1) != 0;
    return other_method_holds(head.method_text);
  }
  bool other_method_holds(std::string_view method) const;
  bool path_holds(std::string_view path) const;

  std::uint32_t asks_ = 0;
  std::uint32_t methods_ = 0;  // a bit for each wire::http::Method but kOther
  std::vector<std::string> other_methods_;
  std::unique_ptr<re2::RE2> regex_;
  std::vector<NamedValue> headers_;
  std::vector<NamedValue> query_;
  std::vector<NamedValue> cookies_;
  NetworkSet clients_;
  std::vector<std::uint32_t> listeners_;
  config::TlsClientMatch tls_client_;
  std::vector<std::string> regions_;
  std::vector<std::string> hosts_;  // lower case, no trailing dot; ".example.com" for *.example.com
  std::string path_;
  std::string path_regex_;
  std::string methods_text_;
};

/// A host without the one trailing dot that names the DNS root.
constexpr std::string_view without_root_dot(std::string_view host) {
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  return host;
}

/// `pattern` is "www.example.com" or ".example.com", which stands for one or more labels before it. Case is ignored.
bool host_matches(std::string_view pattern, std::string_view host);

/// Whether `escaped`, percent-decoded, is `text`; a broken escape stands for itself.
bool equals_decoded(std::string_view escaped, std::string_view text);

/// The '/'-terminated text that every path found by `pattern` starts with, or nothing: "/users/" for "^/users/\d+$".
/// Only what is plain to see is used; a pattern not tied to the start by '^' has none.
std::string_view directory_of_regex(std::string_view pattern);

}  // namespace headgate::proxy::route
