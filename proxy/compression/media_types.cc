#include "proxy/compression/media_types.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace headgate::proxy::compression {
namespace {

/// A longer type is not registered and not worth a copy.
constexpr std::size_t kTypeBytesMax = 127;

// Sorted.
constexpr std::array<std::string_view, 32> kCompressedAlready = {
    "application/epub+zip",
    "application/font-woff",
    "application/gzip",
    "application/java-archive",
    "application/pdf",
    "application/vnd.android.package-archive",
    "application/vnd.debian.binary-package",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "application/x-bzip2",
    "application/x-compress",
    "application/x-gzip",
    "application/x-rar-compressed",
    "application/x-rpm",
    "application/x-xz",
    "application/zip",
    "application/zlib",
    "application/zstd",
    "font/woff",
    "font/woff2",
    "image/apng",
    "image/avif",
    "image/gif",
    "image/heic",
    "image/heif",
    "image/jpeg",
    "image/jxl",
    "image/png",
    "image/webp",
};
static_assert(std::ranges::is_sorted(kCompressedAlready));

bool is_among(const std::vector<std::string>& sorted, std::string_view text) {
  return std::binary_search(sorted.begin(), sorted.end(), text, std::less<>());
}

void sort(std::vector<std::string>& list) {
  std::sort(list.begin(), list.end());
}

}  // namespace

bool is_compressed_already(std::string_view type) {
  if (type.starts_with("video/") || type.starts_with("audio/") || type.starts_with("application/grpc")) return true;
  return std::binary_search(kCompressedAlready.begin(), kCompressedAlready.end(), type);
}

MediaTypes MediaTypes::compile(const std::vector<std::string>& types) {
  MediaTypes out;
  for (const std::string& type : types) {
    const std::size_t star = type.find("/*");
    if (type == "*/*") {
      out.all_ = true;
    } else if (star == type.npos) {
      out.exact_.push_back(type);
    } else if (star + 2 == type.size()) {
      out.kinds_.push_back(type.substr(0, star + 1));
    } else {
      out.suffixes_.push_back(type.substr(0, star + 1) + type.substr(star + 2));
    }
  }
  sort(out.exact_);
  sort(out.kinds_);
  sort(out.suffixes_);
  return out;
}

bool MediaTypes::has(std::string_view content_type) const {
  const std::string_view written = base::trimmed(content_type.substr(0, content_type.find(';')));
  const std::size_t slash = written.find('/');
  if (written.size() > kTypeBytesMax || slash == 0 || slash >= written.size() - 1) return false;
  std::array<char, kTypeBytesMax> lower;
  for (std::size_t i = 0; i < written.size(); ++i) lower[i] = base::to_lower(written[i]);
  const std::string_view type(lower.data(), written.size());
  return has_exactly(type) || has_pattern_for(type);
}

bool MediaTypes::has_exactly(std::string_view type) const {
  return is_among(exact_, type);
}

bool MediaTypes::has_pattern_for(std::string_view type) const {
  const std::size_t kind_bytes = type.find('/') + 1;
  bool found = all_ || is_among(kinds_, type.substr(0, kind_bytes));
  const std::size_t plus = type.rfind('+');
  if (!found && !suffixes_.empty() && plus != type.npos && plus > kind_bytes) {
    std::string suffix(type.substr(0, kind_bytes));
    suffix += type.substr(plus);
    found = is_among(suffixes_, suffix);
  }
  return found && !is_compressed_already(type);
}

}  // namespace headgate::proxy::compression
