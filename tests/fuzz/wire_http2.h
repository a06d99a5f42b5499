#pragma once
#include <array>

#include "wire/http2/outbox.h"
#include "wire/http2/session.h"

namespace headgate::fuzz {

/// Has the session say all that it has to say, to nobody.
inline void say_all(wire::http2::Session& session) {
  std::array<char, 4096> memory;
  wire::http2::Outbox outbox;
  while (session.has_output()) {
    outbox.lend(memory);
    session.collect(outbox);
    if (outbox.empty()) break;
    outbox.drop(outbox.bytes());
  }
}

}  // namespace headgate::fuzz
