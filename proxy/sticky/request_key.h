#pragma once
#include <optional>

#include "base/ip_address.h"
#include "config/config.h"
#include "proxy/sticky/table/entry.h"
#include "wire/http/messages.h"

namespace headgate::proxy::sticky {

/// What a table knows a request's client by: of an IPv6 address the /64 counts. Nothing where the request lacks it: no
/// such field, cookie, parameter or segment, or an empty one.
std::optional<table::Key> request_key_of(const config::StickyTable& settings, const wire::http::RequestHead& head,
                                         const base::IpAddress& client);

/// Of a learned cookie or header: what the application's answer sets it to; nothing where it does not.
std::optional<table::Key> answer_key_of(const config::StickyTable& settings, const wire::http::Fields& answered);

}  // namespace headgate::proxy::sticky
