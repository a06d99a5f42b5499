#pragma once
#include <memory>
#include <string>

#include "proxy/message/body.h"
#include "proxy/origin/mirror/mirrored_request.h"

namespace headgate::proxy::origin::mirror {

/// A request's body on its way to its origin, of which a copy is kept. When the last byte has been taken the copy goes
/// out; where the body is longer than kKeptBytesMax, or ends before its time, it does not, and that is counted.
class CopyingBody final : public message::BodySource {
 public:
  static constexpr std::size_t kKeptBytesMax = 64 * 1024;

  CopyingBody(message::BodySource& source, std::unique_ptr<MirroredRequest> copy, net::TaskScope& tasks,
              Counters& counters)
      : source_(source), copy_(std::move(copy)), tasks_(tasks), counters_(counters) {}
  ~CopyingBody() override {
    if (copy_ != nullptr) counters_.incomplete.add();
  }

  std::string_view take_ready() override;
  bool at_end() const override;
  net::Task<base::Result<void>> wait() override { return source_.wait(); }
  const wire::http::Fields* trailers() const override { return source_.trailers(); }

 private:
  message::BodySource& source_;
  mutable std::unique_ptr<MirroredRequest> copy_;  // null: it is on its way, or given up
  net::TaskScope& tasks_;
  Counters& counters_;
  mutable std::string kept_;
};

}  // namespace headgate::proxy::origin::mirror
