#pragma once
#include <cstddef>
#include <cstdint>

#include "net/buffer_pool.h"
#include "proxy/message/body.h"

namespace headgate::proxy::origin {

/// A request's body that can be sent once more from its beginning, as long as no more than kKeptBytesMax of it have
/// been taken: what was taken is kept. For backends that may say that they did not look at a request after its body was
/// sent (RFC 9113 section 8.7).
class ReplayableBody final : public message::BodySource {
 public:
  static constexpr std::size_t kKeptBytesMax = net::BufferPool::kLarge;

  ReplayableBody(message::BodySource& source, net::BufferPool& buffers) : source_(source), buffers_(buffers) {}

  bool can_rewind() const { return keeps_; }
  /// can_rewind() holds. Views that were given out before stay valid until the next wait().
  void rewind() {
    next_ = 0;
    was_rewound_ = true;
  }
  /// It will not be sent again.
  void stop_keeping();

  std::string_view take_ready() override;
  bool at_end() const override { return next_ == kept_bytes_ && source_.at_end(); }
  net::Task<base::Result<void>> wait() override;
  const wire::http::Fields* trailers() const override { return source_.trailers(); }

 private:
  void keep(std::string_view piece);

  message::BodySource& source_;
  net::BufferPool& buffers_;
  net::Buffer kept_;
  std::size_t kept_bytes_ = 0;
  std::size_t next_ = 0;  // of what is kept, to be given again; kept_bytes_ otherwise
  bool keeps_ = true;
  bool was_rewound_ = false;
};

}  // namespace headgate::proxy::origin
