#pragma once
#include <memory>

#include "proxy/cache/stage/tier/to_disk.h"
#include "proxy/message/body.h"

namespace headgate::proxy::cache::stage::tier {

/// A body that goes to its client and, as it goes, to the disk.
class TeeBody final : public message::BodySource {
 public:
  TeeBody(std::unique_ptr<message::BodySource> source, std::unique_ptr<ToDisk> to)
      : source_(std::move(source)), to_(std::move(to)) {}
  ~TeeBody() override { to_->end(source_->at_end()); }

  std::string_view take_ready() override;
  bool at_end() const override { return source_->at_end(); }
  net::Task<base::Result<void>> wait() override;
  const wire::http::Fields* trailers() const override { return source_->trailers(); }

 private:
  std::unique_ptr<message::BodySource> source_;
  std::unique_ptr<ToDisk> to_;
};

}  // namespace headgate::proxy::cache::stage::tier
