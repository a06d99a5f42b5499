#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "proxy/origin/files/static_root.h"
#include "wire/http/messages.h"

namespace headgate::proxy::origin::files {

/// A piece of a body: `text` if it is not empty, otherwise `bytes` of the answer's file from `offset` on.
struct FilePart {
  std::string_view text;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// What to send for a request to a static root.
///
///     FileAnswer answer = answer_from(root, head, wall_now(), arena);
///
/// Content-Length is not among the fields: it is `body_bytes`, and the driver frames the body. Statuses other than 200
/// and 206 have no parts: the driver writes the body that it writes for any such status. Texts are in the arena.
struct FileAnswer {
  std::uint16_t status = 404;
  wire::http::Fields fields;
  std::uint64_t body_bytes = 0;  ///< of the parts; for HEAD, which has none, what a GET would have sent
  std::vector<FilePart> parts;
  base::OwnedFd file;
};

/// Whether a folder answers the method at all; others get 405.
constexpr bool takes(wire::http::Method method) {
  return method == wire::http::Method::kGet || method == wire::http::Method::kHead;
}

/// GET and HEAD: 200, 206, 304, 308 to the name of a directory with '/', 403, 404, 412, 416, 503; other methods 405.
/// Hidden files, escapes from the root and what is no regular file are 404. Conditions and ranges as RFC 9110 has them;
/// several ranges are sent as multipart/byteranges (section 14.6).
FileAnswer answer_from(const StaticRoot& root, const wire::http::RequestHead& head, base::WallTime now,
                       base::Arena& arena);

}  // namespace headgate::proxy::origin::files
