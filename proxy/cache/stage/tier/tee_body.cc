#include "proxy/cache/stage/tier/tee_body.h"

namespace headgate::proxy::cache::stage::tier {

std::string_view TeeBody::take_ready() {
  if (!to_->has_room()) return {};
  const std::string_view bytes = source_->take_ready();
  to_->append(bytes);
  if (source_->at_end()) to_->end(true);
  return bytes;
}

net::Task<base::Result<void>> TeeBody::wait() {
  if (!to_->has_room()) {
    co_await to_->wait();
    co_return base::Result<void>();
  }
  co_return co_await source_->wait();
}

}  // namespace headgate::proxy::cache::stage::tier
