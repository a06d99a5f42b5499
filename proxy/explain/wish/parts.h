#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "proxy/balance/wish.h"

// What a request wants of its pool, as values; see explanation.h.
namespace headgate::proxy::explain::wish {

/// Of a pool that chooses by hash: by what, and whom the request's key names.
struct HashPart {
  std::string by;     ///< as the configuration has it: "header:X-User-Id"
  std::string value;  ///< what of the request is hashed; empty: the request lacks it
  std::string key;    ///< its hash in 16 hexadecimal digits, the same everywhere; empty without a value
  std::string method;
  std::uint32_t max_load_percent = 0;  ///< 0: no bound
  std::string named;                   ///< id of the backend that the table has for the key

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("by", by);
    visit("value", value);
    visit("key", key);
    visit("method", method);
    visit("max_load_percent", max_load_percent);
    visit("named", named);
  }
};

/// What a request wants of one pool.
struct PoolWish {
  std::string pool;
  balance::Wish wish;
  std::optional<HashPart> hash;
};

}  // namespace headgate::proxy::explain::wish
