#pragma once
#include <cstdint>
#include <string>

#include "proxy/sticky/cookies.h"

namespace headgate::proxy::explain::session {

/// The session that a request has with a sticky pool.
struct SessionPart {
  std::string by;       ///< "cookie hg"
  std::string verdict;  ///< new | stays | waits | moves | refused | expired | unknown
  std::string backend;  ///< that has it; empty: none, or one that is gone
  std::string why;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("by", by);
    visit("verdict", verdict);
    visit("backend", backend);
    visit("why", why);
  }
};

/// What is known of it before the pool is asked.
struct KnownSession {
  bool can_be_read = false;  ///< the keys, or the table, are at hand
  bool has_key = false;      ///< of a table: the request has what it goes by
  std::uint64_t entry = 0;   ///< of a table: the identity of the client's backend; 0: none
  sticky::Shown shown;

  /// The identity of the backend to stay with; 0: none.
  std::uint64_t backend() const {
    if (entry != 0) return entry;
    const bool holds = shown.kind == sticky::Shown::Kind::kGood || shown.kind == sticky::Shown::Kind::kOld;
    return holds ? shown.session.backend : 0;
  }
};

}  // namespace headgate::proxy::explain::session
