#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ip_address.h"
#include "config/request/key.h"
#include "wire/http/messages.h"

namespace headgate::proxy::message {

/// The field, cookie, parameter, segment or path of a request; empty where it lacks it. Of several fields the first
/// counts; a parameter's value and a segment stay escaped. Of a client, which is no text, and of the query of a `uri`
/// it says nothing.
std::string_view key_text_of(const config::request::Key& key, const wire::http::RequestHead& head);

/// A hash of all of it, the same in every process and of every version; nothing where the request lacks it.
std::optional<std::uint64_t> key_hash_of(const config::request::Key& key, const wire::http::RequestHead& head,
                                         const base::IpAddress& client);

/// That of a client: of an IPv6 address the /64 counts.
std::uint64_t client_hash_of(const base::IpAddress& client);

}  // namespace headgate::proxy::message
