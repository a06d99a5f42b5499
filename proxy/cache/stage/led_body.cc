#include "proxy/cache/stage/led_body.h"

#include <utility>

namespace headgate::proxy::cache::stage {

LedBody::LedBody(base::LocalPtr<Fetch> fetch, std::string_view text, std::unique_ptr<message::BodySource> body)
    : fetch_(std::move(fetch)), text_(text), body_(std::move(body)) {}

std::string_view LedBody::take_ready() {
  return body_ != nullptr ? body_->take_ready() : std::exchange(text_, {});
}

bool LedBody::at_end() const {
  return body_ != nullptr ? body_->at_end() : text_.empty();
}

net::Task<base::Result<void>> LedBody::wait() {
  if (body_ == nullptr) co_return base::Result<void>();
  base::Result<void> waited = co_await body_->wait();
  co_return waited;
}

}  // namespace headgate::proxy::cache::stage
