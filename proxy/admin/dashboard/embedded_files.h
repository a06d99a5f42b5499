#pragma once
#include <span>
#include <string_view>

namespace headgate::proxy::admin::dashboard {

/// One file of the page, as it lies in this folder of the source; part of the binary.
struct EmbeddedFile {
  std::string_view path;          ///< relative to the folder: "main.js", "style/tables.css"
  std::string_view content_type;  ///< as in the field
  std::string_view etag;          ///< quotes included; changes with every byte of the file
  std::string_view bytes;
};

std::span<const EmbeddedFile> embedded_files();
/// In hexadecimal; changes with every byte of any of them.
std::string_view digest_of_embedded_files();

}  // namespace headgate::proxy::admin::dashboard
