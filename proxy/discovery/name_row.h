#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"

namespace headgate::proxy::discovery {

/// How a name that is followed stands, for an operator.
struct NameRow {
  std::string name = {};  ///< a host, or a service
  bool is_service = false;
  std::size_t backends = 0;
  std::optional<base::Duration> ttl_left =
      std::nullopt;          ///< of the records in use, not below 0; nothing: none have one
  std::string problem = {};  ///< of the last look-up; empty: it went well
};

/// "3 backends, known for 7 s more", and what went wrong.
std::string text_of(const NameRow& row);

}  // namespace headgate::proxy::discovery
