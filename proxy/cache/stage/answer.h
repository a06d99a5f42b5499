#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "proxy/cache/stage/store.h"
#include "proxy/cache/stage/tier/look.h"
#include "proxy/message/message.h"

namespace headgate::proxy::cache::stage {

/// Who gives a stored answer.
struct Giver {
  Store& store;
  std::size_t worker;
  net::Loop& loop;
  base::Arena& arena;
  base::WallTime now;
  base::Duration stall;                ///< for a body that still grows
  const tier::Large* large = nullptr;  ///< an entry whose body is on the disk
};

enum class Parts : std::uint8_t {
  kAsAsked,
  kAsStored,  ///< whatever range the request asks for
};

/// How a response has the head of what is stored.
enum class Heads : std::uint8_t {
  kFields,
  kWritten,  ///< as Response::written_head, where nothing of it has to be changed
};

/// Makes the response of what is stored: its head, as views into the entry, which has to stay; 304 and parts as the
/// request asks (RFC 9111 section 4.3.2, RFC 9110 section 14). False, and nothing done, where it wants bytes that are
/// not stored.
bool give(const Giver& giver, const wire::http::RequestHead& asked, const memory::Reference& entry, Parts parts,
          Heads heads, message::Response& response);

}  // namespace headgate::proxy::cache::stage
