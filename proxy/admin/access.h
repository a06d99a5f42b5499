#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "config/config.h"
#include "wire/http/messages.h"

namespace headgate::proxy::admin {

/// Who may do what on one of the admin sockets.
///
/// | over | reading | changing |
/// | --- | --- | --- |
/// | the unix socket | whoever may open it | the same |
/// | TCP, without a token | bound to loopback, asked from loopback, for a local Host | nobody |
/// | TCP, with one | the same, unless `read_without_token: never`; everybody with the token | with the token |
struct Access {
  bool over_network = false;         ///< false: the unix socket
  std::optional<std::string> token;  ///< to be sent as `Authorization: Bearer`
  /// The socket is bound to a loopback address, and the configuration lets its machine read. Even then only requests
  /// whose Host is this machine or an address: a web page that makes its own name resolve to 127.0.0.1 (DNS rebinding)
  /// could otherwise have a browser on this machine read everything.
  bool reads_from_loopback = false;

  static Access over_tcp(const config::Admin& settings);
  static Access over_unix_socket() { return {}; }

  friend bool operator==(const Access&, const Access&) = default;
};

/// What a request is for.
enum class Purpose : std::uint8_t {
  kPageFile,  ///< a part of the dashboard, which shows nothing by itself
  kRead,
  kChange,
};

enum class Verdict : std::uint8_t {
  kAllowed,
  kNoToken,      ///< the token is needed and was not sent
  kWrongToken,   ///< also where none would have been needed: who sends one wants to know
  kNoTokenFile,  ///< a token is needed, and the configuration has none
  kForeignHost,
};

/// `peer` is the other end of the connection.
Verdict judge(const Access& access, Purpose purpose, const wire::http::RequestHead& request,
              const base::IpAddress& peer);

/// Whether `host`, without port and as written, is localhost or an IP address; an absent one (HTTP/1.0) is too.
bool is_local_host(std::string_view host);
/// In a time that depends on the lengths alone.
bool equals_in_constant_time(std::string_view a, std::string_view b);

/// How a verdict that is not kAllowed is answered: the status, a sentence for a person, and the value of
/// WWW-Authenticate (empty: none). All live as long as the process.
struct Refusal {
  std::uint16_t status = 0;
  std::string_view text;
  std::string_view challenge;
};
Refusal refusal_of(Verdict verdict);

}  // namespace headgate::proxy::admin
