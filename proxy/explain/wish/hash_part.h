#pragma once
#include "base/ip_address.h"
#include "config/config.h"
#include "proxy/explain/explanation.h"
#include "proxy/explain/pool_part.h"
#include "proxy/message/message.h"

// What a request wants of its pool, explained.
namespace headgate::proxy::explain::wish {

/// Notes by what the pool knows the request, or who connects, where it chooses by hash; nothing where it does not.
void note_key(const config::Pool& pool, const message::Request& request, Explanation& out);
void note_key(const config::Pool& pool, const base::IpAddress& client, Explanation& out);

/// Once the pool's part is there: whom the key names, and why another is taken if one is.
void settle_key(Explanation& explanation, const PoolView& view);

}  // namespace headgate::proxy::explain::wish
