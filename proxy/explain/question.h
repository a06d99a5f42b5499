#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "config/config.h"

namespace headgate::proxy::explain {

/// A request, or a connection without requests, that might come.
struct Question {
  std::string url;  ///< without a scheme, http:// is assumed; of a fragment nothing is sent; tcp://: a connection
  std::string method = "GET";
  base::IpAddress from = base::IpAddress::v4(0x7f000001);  ///< the peer of the connection
  std::vector<std::pair<std::string, std::string>> headers;
  std::string listener;  ///< empty: by the URL
  // Of a connection:
  std::string server_name = {};             ///< in its ClientHello; empty: the URL's host, unless that is an address
  std::vector<std::string> protocols = {};  ///< that it offers (ALPN)

  bool is_connection() const { return url.starts_with("tcp://"); }
};

/// A question's URL, taken apart as a client does it.
struct Target {
  bool is_https = false;
  std::string authority;   ///< host and port as written
  std::string host;        ///< without brackets
  std::uint16_t port = 0;  ///< as written or the scheme's
  config::Protocol protocol = config::Protocol::kHttp;
  std::string target;  ///< path and query, as it stands in the request line
  std::string note;    ///< what was assumed
};

/// "tcp://shop.example.com:443", "tcp://192.0.2.1:5432", or "tcp://NAME" of a listener, which goes to `host`, with port
/// 0. Fails without either.
base::Result<Target> connection_target_of(const std::string& url);

/// Fails on what no client could send: no host, another scheme, a bad port.
base::Result<Target> target_of(const std::string& url);

/// "Name: value"; fails without a colon or a name.
base::Result<std::pair<std::string, std::string>> header_of(const std::string& line);

/// The bytes of the request's head in HTTP/1.1: Host first, from the URL unless a header gives it. Whether they are a
/// request is for the parser to say; only line ends are refused here, since they would make lines of their own.
base::Result<std::string> head_bytes_of(const Question& question, const Target& target);

}  // namespace headgate::proxy::explain
