#pragma once
#include <memory>
#include <string_view>

#include "base/local_ptr.h"
#include "proxy/cache/stage/fetch.h"
#include "proxy/message/body.h"

namespace headgate::proxy::cache::stage {

/// A stored body for the client whose request made the fetch: after it come the fields that its origin sent after it,
/// which are not stored (RFC 9111 section 3.1 lets a cache discard them). The others get the body alone.
class LedBody final : public message::BodySource {
 public:
  /// `text`, or all of `body` if there is one.
  LedBody(base::LocalPtr<Fetch> fetch, std::string_view text, std::unique_ptr<message::BodySource> body);

  std::string_view take_ready() override;
  bool at_end() const override;
  net::Task<base::Result<void>> wait() override;
  const wire::http::Fields* trailers() const override { return fetch_->trailers(); }

 private:
  base::LocalPtr<Fetch> fetch_;
  std::string_view text_;  // what was not taken of it
  std::unique_ptr<message::BodySource> body_;
};

}  // namespace headgate::proxy::cache::stage
