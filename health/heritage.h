#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "health/wish.h"

// What one process tells the next of health, so that an upgrade forgets nothing: plain values.
namespace headgate::health {

/// Of one backend. Its slow start and its counts are not handed on.
struct InheritedBackend {
  std::string pool;
  std::string id;
  base::Endpoint address;
  std::optional<bool> passes_checks;          ///< absent: none has run
  std::string checks_say;                     ///< "HTTP 503 from /healthz, 3 of 3 failed"
  std::optional<base::Duration> ejected_for;  ///< how long it stays ejected; absent: it is not
  std::string ejection_says;
  std::uint32_t ejections = 0;
  base::WallTime since;  ///< when the state that it is in was entered
};

/// An operator's wish that is not the default.
struct InheritedWish {
  std::string pool;
  std::string id;
  WishRow wish;
};

/// An operator's wish that a region be drained.
struct InheritedRegionWish {
  std::string region;
  std::string why;
  base::WallTime since;
};

struct Heritage {
  std::vector<InheritedBackend> backends;
  std::vector<InheritedWish> wishes;
  std::vector<InheritedRegionWish> region_wishes;
};

}  // namespace headgate::health
