#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "proxy/geo/whereabouts.h"
#include "proxy/message/body.h"
#include "proxy/message/tunnel.h"
#include "wire/http/messages.h"

// A request and a response on their way through headgate: the head, and where the body comes from. They do not say by
// which version of HTTP they came or will go.
namespace headgate::net::tls {
class Facts;
}

namespace headgate::proxy::message {

struct Request {
  wire::http::RequestHead head;
  BodySource* body = nullptr;                ///< null: no body
  std::optional<std::uint64_t> body_length;  ///< absent with a body: known only at its end
  bool expects_continue = false;             ///< waits for 100 before it sends the body
  bool wants_upgrade = false;                ///< head.fields holds an Upgrade field that the client meant
  std::string_view upgrade;                  ///< its value
  base::IpAddress client;                    ///< whom it is from, after trusted proxies are believed
  bool secure = false;                       ///< came, or is truthfully said to have come, over TLS
  geo::Whereabouts where;                    ///< of `client`
  const net::tls::Facts* tls = nullptr;      ///< of the connection that it came by; null: a plain one
  std::string_view id;                       ///< X-Request-Id

  void clear() {
    head.clear();
    body = nullptr;
    body_length.reset();
    expects_continue = wants_upgrade = secure = false;
    upgrade = id = {};
    tls = nullptr;
    where.ask_at(nullptr);
  }
};

struct Response {
  wire::http::ResponseHead head;
  /// Where it is not empty, a status line and fields as HTTP/1 writes them ("HTTP/1.1 200 OK\r\nName: value\r\n..."):
  /// with `written_fields`, further lines of the kind, it is all of the head but for what belongs to the connection,
  /// and head.fields is empty. Only for a client that takes it (ClientSide::takes_written_heads()).
  std::string_view written_head;
  std::string_view written_fields;
  /// A Set-Cookie of headgate's own, for who made the request and for nobody else: no part of what may be stored.
  std::string_view sticky_cookie;
  std::string_view text;                       ///< the whole body, where it is at hand (then `body` is null)
  std::unique_ptr<BodySource> body;            ///< null: `text` is the whole body
  std::optional<std::uint64_t> body_length;    ///< with `body`: its length, if known beforehand
  std::optional<std::uint64_t> stated_length;  ///< what Content-Length says where no body follows (HEAD, 304)
  std::unique_ptr<TunnelEnd> tunnel;           ///< with status 101: what the client is connected to from now on
  std::string owned_text;                      ///< keeps `text` alive where it was made for this response

  void clear() {
    head.clear();
    written_head = written_fields = sticky_cookie = {};
    text = {};
    body.reset();
    body_length.reset();
    stated_length.reset();
    tunnel.reset();
    owned_text.clear();
  }
};

}  // namespace headgate::proxy::message
