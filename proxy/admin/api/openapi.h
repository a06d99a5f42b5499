#pragma once
#include <span>
#include <string_view>

// The description of the API, part of the binary: openapi.json, as it lies beside this file.
namespace headgate::proxy::admin::api {

/// See cmake/embed.cmake, which writes the definitions.
struct EmbeddedFile {
  std::string_view path;
  std::string_view content_type;
  std::string_view etag;
  std::string_view bytes;
};
/// One file.
std::span<const EmbeddedFile> embedded_files();
std::string_view digest_of_embedded_files();

}  // namespace headgate::proxy::admin::api
