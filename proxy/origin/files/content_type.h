#pragma once
#include <string_view>

namespace headgate::proxy::origin::files {

/// The Content-Type of a file by its extension, in any case; application/octet-stream for what is not listed.
/// `path` may be a whole path or a bare name.
std::string_view content_type_of(std::string_view path);

}  // namespace headgate::proxy::origin::files
