#pragma once
#include <string_view>

#include "net/buffer_pool.h"
#include "proxy/message/message.h"

namespace headgate::proxy::origin {

/// How the body of a request goes to an HTTP/1.1 backend.
enum class UploadFraming : std::uint8_t { kNone, kLength, kChunked };
UploadFraming upload_framing_of(const message::Request& request);

/// Writes the head that an HTTP/1.1 backend is sent into `buffer`, which is replaced by a larger one where it is too
/// small. The view lives in `buffer`. `backend_address` is the Host of a request that has none (HTTP/1.0): many servers
/// refuse an empty one.
std::string_view write_upstream_head(const message::Request& request, std::string_view backend_address,
                                     net::BufferPool& buffers, net::Buffer& buffer);

}  // namespace headgate::proxy::origin
