#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace headgate::config {

enum class CompressionAlgorithm : std::uint8_t { kZstd, kBrotli, kGzip };

struct CompressionChoice {
  CompressionAlgorithm algorithm = CompressionAlgorithm::kGzip;
  std::uint8_t level = 1;  ///< 1 to 9
  friend bool operator==(const CompressionChoice&, const CompressionChoice&) = default;
};

struct Compression {
  std::vector<CompressionChoice> algorithms;  ///< each once, the one that headgate likes best first; at least one
  std::vector<std::string> types;             ///< lower case: "text/html", "text/*", "application/*+json", "*/*"
  std::uint64_t min_bytes = 1024;             ///< shorter bodies are left as they are
  friend bool operator==(const Compression&, const Compression&) = default;
};

}  // namespace headgate::config
