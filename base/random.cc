#include "base/random.h"

#include <sys/random.h>

#include "base/result.h"

namespace headgate::base {

std::uint64_t entropy_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    invariant_broken("getrandom gave no entropy");
  }
  return seed;
}

}  // namespace headgate::base
