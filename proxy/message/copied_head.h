#pragma once
#include "base/arena.h"
#include "wire/http/messages.h"

namespace headgate::proxy::message {

/// Of fields and heads that must outlive the buffer that they lie in: their texts go into the arena.
void copy_fields(const wire::http::Fields& from, wire::http::Fields& to, base::Arena& arena);
void copy_head(const wire::http::RequestHead& from, wire::http::RequestHead& to, base::Arena& arena);

}  // namespace headgate::proxy::message
