#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/explain/place/place.h"

namespace headgate::proxy::explain::connection {

/// A connection of a tcp listener: where it goes, and what decides.
struct ConnectionPart {
  std::string client;  ///< by whom limits and PROXY headers go
  std::string client_why;
  std::optional<place::PlacePart> place;  ///< of that client
  bool reads_hello = false;               ///< the listener looks into the ClientHello
  std::string server_name;                ///< that the client asks for
  std::vector<std::string> protocols;
  std::string pool;  ///< empty: closed
  std::string by;    ///< alpn | sni | default | nothing
  std::string key;   ///< of the file: "*.example.com"
  std::string why;
  std::string proxy_header;  ///< to the backend: v1 | v2 | none
  std::int64_t hello_ms = 0;
  std::int64_t idle_ms = 0;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("client", client);
    visit("client_why", client_why);
    visit("place", place);
    visit("reads_hello", reads_hello);
    visit("server_name", server_name);
    visit("protocols", protocols);
    visit("pool", pool);
    visit("by", by);
    visit("key", key);
    visit("why", why);
    visit("proxy_header", proxy_header);
    visit("hello_ms", hello_ms);
    visit("idle_ms", idle_ms);
  }
};

}  // namespace headgate::proxy::explain::connection
