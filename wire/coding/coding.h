#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace headgate::wire::coding {

/// The content codings that headgate can apply (RFC 9110 section 8.4.1), and none.
enum class Coding : std::uint8_t { kIdentity, kZstd, kBrotli, kGzip };
inline constexpr std::size_t kCodings = 4;

/// Those that change anything, in the order of their declaration.
inline constexpr std::array<Coding, 3> kCompressing = {Coding::kZstd, Coding::kBrotli, Coding::kGzip};

/// As in Content-Encoding and in a configuration: "zstd", "br", "gzip"; "identity".
constexpr std::string_view to_string(Coding coding) {
  switch (coding) {
    case Coding::kIdentity:
      return "identity";
    case Coding::kZstd:
      return "zstd";
    case Coding::kBrotli:
      return "br";
    case Coding::kGzip:
      return "gzip";
  }
  return "identity";
}

}  // namespace headgate::wire::coding
