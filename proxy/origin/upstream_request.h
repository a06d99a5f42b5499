#pragma once
#include <string_view>

#include "net/buffer_pool.h"
#include "proxy/message/message.h"

namespace headgate::proxy::origin {

/// How the body of a request goes to an HTTP/1.1 backend.
enum class UploadFraming : std::uint8_t { kNone, kLength, kChunked };
UploadFraming upload_framing_of(const message::Request& request);

/// Writes the head that an HTTP/1.1 backend is sent into `buffer`, which is replaced by a larger one where it is too
/// small. The view lives in `buffer`.
std::string_view write_upstream_head(const message::Request& request, net::BufferPool& buffers, net::Buffer& buffer);

}  // namespace headgate::proxy::origin
