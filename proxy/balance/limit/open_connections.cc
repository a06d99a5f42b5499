#include "proxy/balance/limit/open_connections.h"

namespace headgate::proxy::balance::limit {

void OpenConnections::give_back() {
  open_.give_back();
  const std::uint64_t wanting = wanting_.load(std::memory_order_seq_cst);
  if (wanting != 0) [[unlikely]]
    wake_all(wanting);
}

void OpenConnections::begin_wanting(std::size_t worker) {
  wanting_.fetch_or(bit_of(worker), std::memory_order_seq_cst);
  wake_all(~std::uint64_t{0});
}

void OpenConnections::end_wanting(std::size_t worker) {
  wanting_.fetch_and(~bit_of(worker), std::memory_order_seq_cst);
}

void OpenConnections::wake_all(std::uint64_t bits) {
  for (std::size_t worker = 0; worker < workers_; ++worker) {
    if ((bits & bit_of(worker)) != 0) wake_(worker);
  }
}

}  // namespace headgate::proxy::balance::limit
