#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "proxy/message/phase.h"
#include "wire/coding/coding.h"

namespace headgate::proxy::message {

/// What a route's cache came to for one exchange.
struct CacheNote {
  std::string_view verdict;  ///< "hit"
  std::string_view reason;   ///< why, in a word
  std::int64_t age = -1;     ///< of the stored answer that was given, in seconds; -1: none was
};

/// What is noted of one exchange while it runs, for the access log and the metrics. Views live as long as the exchange.
struct Record {
  base::WallTime arrived;     ///< civil time at `start`
  base::Time start;           ///< the head was complete
  base::Time backend_chosen;  ///< zero: none was
  base::Time connected;
  base::Time response_head;  ///< the origin's head was complete
  base::Time end;
  std::string_view protocol;  ///< "HTTP/1.1": by which version the client spoke
  std::string_view route;     ///< empty: none matched
  std::string_view pool;
  std::string_view backend;  ///< the last one tried
  std::string_view backend_address;
  std::uint16_t status = 0;  ///< sent to the client; 0: nothing was
  std::uint16_t retries = 0;
  std::uint16_t hedges = 0;         ///< second backends that were asked beside the first
  std::uint16_t retry_after_s = 0;  ///< what an answer for want of capacity says; 0: nothing better than a second
  Phase phase = Phase::kAtWork;     ///< now
  bool connection_reused = false;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;                          ///< sent to the client
  std::uint64_t uncompressed_body_bytes = 0;                      ///< of the response, before headgate compressed it
  wire::coding::Coding coding = wire::coding::Coding::kIdentity;  ///< that headgate put the response's body in
  const CacheNote* cache = nullptr;                               ///< null: the route has none
  std::string_view ending;  ///< why it did not end well: the name of an Ending; empty: it did
  std::string_view detail;  ///< a sentence about it
};

}  // namespace headgate::proxy::message
