#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "wire/http/messages.h"

namespace headgate::proxy::admin {

/// Who may see the admin pages on one of its sockets.
struct Access {
  std::optional<std::string> token;  ///< to be sent as `Authorization: Bearer`
  /// Only requests whose Host is this machine or an address: without a token on a loopback address, a web page that
  /// makes its own name resolve to 127.0.0.1 (DNS rebinding) could otherwise have a browser on this machine read
  /// everything.
  bool only_local_hosts = false;

  /// Over TCP: the token if there is one; without one, on a loopback address, local hosts only.
  static Access over_tcp(const config::Admin& settings);
  /// Over the unix socket: whoever may open it.
  static Access over_unix_socket() { return {}; }

  friend bool operator==(const Access&, const Access&) = default;
};

enum class Verdict : std::uint8_t { kAllowed, kNoToken, kWrongToken, kForeignHost };

Verdict judge(const Access& access, const wire::http::RequestHead& request);

/// Whether `host`, without port and as written, is localhost or an IP address; an absent one (HTTP/1.0) is too.
bool is_local_host(std::string_view host);
/// In a time that depends on the lengths alone.
bool equals_in_constant_time(std::string_view a, std::string_view b);

}  // namespace headgate::proxy::admin
