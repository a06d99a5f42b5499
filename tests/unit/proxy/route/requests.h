#pragma once
#include <string_view>

#include "base/arena.h"
#include "base/ip_address.h"
#include "proxy/route/matcher.h"
#include "wire/http/method.h"
#include "wire/http/uri.h"

namespace headgate::proxy::route {

/// A request to be matched, from texts that outlive it.
struct TestRequest {
  TestRequest(std::string_view host, std::string_view target, std::string_view method = "GET") {
    wire::http::parse_target(target, arena, head);
    head.host = host;
    head.method_text = method;
    head.method = wire::http::method_from(method);
  }
  TestRequest& with(std::string_view name, std::string_view value) {
    head.fields.add(name, value);
    return *this;
  }
  TestRequest& from(std::string_view address) {
    client = *base::IpAddress::parse(address);
    return *this;
  }
  TestRequest& at(std::uint32_t listener_number) {
    listener = listener_number;
    return *this;
  }
  TestRequest& showing(std::string_view subject, std::string_view fingerprint) {
    shown = {subject, fingerprint};
    has_shown = true;
    return *this;
  }
  MatchInput input() const { return MatchInput{head, client, listener, has_shown ? &shown : nullptr}; }

  base::Arena arena;
  wire::http::RequestHead head;
  base::IpAddress client;
  std::uint32_t listener = 0;
  TlsClient shown;
  bool has_shown = false;
};

}  // namespace headgate::proxy::route
