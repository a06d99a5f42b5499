#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

constexpr std::uint32_t kLevelMin = 1;
constexpr std::uint32_t kLevelMax = 9;
constexpr std::size_t kTypesMax = 200;
constexpr std::size_t kTypeBytesMax = 127;

// In the order that a route has which names none.
constexpr std::pair<std::string_view, std::optional<CompressionAlgorithm>> kAlgorithms[] = {
    {"zstd", CompressionAlgorithm::kZstd},
    {"br", CompressionAlgorithm::kBrotli},
    {"gzip", CompressionAlgorithm::kGzip}};

// What is text, and what is not but becomes much smaller all the same.
constexpr std::string_view kUsualTypes[] = {
    "text/*",
    "application/json",
    "application/*+json",
    "application/javascript",
    "application/x-javascript",
    "application/xml",
    "application/*+xml",
    "application/x-ndjson",
    "application/graphql",
    "application/yaml",
    "application/toml",
    "application/sql",
    "application/rtf",
    "application/wasm",
    "application/vnd.ms-fontobject",
    "font/ttf",
    "font/otf",
    "font/collection",
    "image/svg+xml",
    "image/bmp",
    "image/x-icon",
    "image/vnd.microsoft.icon",
    "model/gltf+json",
};

struct CompressionDraft {
  Compression compression;
  std::uint32_t levels[std::size(kAlgorithms)] = {3, 5, 4};  // docs/decisions has the figures; as kAlgorithms
};

bool is_known(const Compression& out, CompressionAlgorithm algorithm) {
  return std::any_of(out.algorithms.begin(), out.algorithms.end(),
                     [algorithm](const CompressionChoice& each) { return each.algorithm == algorithm; });
}

void read_algorithms(const Reader& at, CompressionDraft& out) {
  at.each_value([&out](const Reader& one) {
    std::optional<CompressionAlgorithm> algorithm;
    one.word(algorithm, kAlgorithms);
    if (!algorithm) return;
    if (is_known(out.compression, *algorithm)) return one.problem("stands in the list already");
    out.compression.algorithms.push_back({*algorithm, 0});
  });
}

/// "type/subtype", "type/*", "type/*+suffix" or "*/*".
bool is_media_type(std::string_view text) {
  if (text == "*/*") return true;
  const std::size_t slash = text.find('/');
  if (slash == text.npos || text.size() > kTypeBytesMax || !base::is_token(text.substr(0, slash))) return false;
  std::string_view subtype = text.substr(slash + 1);
  if (subtype == "*") return text[0] != '*';
  if (subtype.starts_with("*+")) subtype.remove_prefix(2);
  const bool has_star = text.substr(0, slash).find('*') != text.npos || subtype.find('*') != text.npos;
  return base::is_token(subtype) && !has_star;
}

void read_types(const Reader& at, CompressionDraft& out) {
  constexpr std::string_view kWanted = "a media type such as text/html, text/* or application/*+json";
  at.each_value([&](const Reader& one) {
    const std::optional<std::string> written = one.scalar(kWanted);
    if (!written) return;
    const std::string type = base::lowered(*written);
    if (!is_media_type(type)) {
      return one.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
    }
    if (out.compression.types.size() == kTypesMax) return;
    out.compression.types.push_back(type);
    if (out.compression.types.size() == kTypesMax) one.problem(fmt::format("more than {} types", kTypesMax - 1));
  });
}

template <std::size_t kIndex>
void read_level(const Reader& at, CompressionDraft& out) {
  at.number(out.levels[kIndex], {kLevelMin, kLevelMax});
}

constexpr Key<CompressionDraft> kLevelKeys[] = {
    {"zstd", read_level<0>},
    {"br", read_level<1>},
    {"gzip", read_level<2>},
};

constexpr Key<CompressionDraft> kCompressionKeys[] = {
    {"algorithms", read_algorithms},
    {"types", read_types},
    {"min_size",
     [](const Reader& at, CompressionDraft& out) { at.size(out.compression.min_bytes, {0, std::uint64_t{1} << 30}); }},
    {"level", [](const Reader& at, CompressionDraft& out) { read_map(at, kLevelKeys, out); }, Presence::kOptional,
     [](KeyList& out) { out.add(kLevelKeys); }},
};

}  // namespace

void read_compression(const Reader& at, std::optional<Compression>& out) {
  CompressionDraft draft;
  if (at.is_map()) {
    read_map(at, kCompressionKeys, draft);
  } else {
    read_algorithms(at, draft);
  }
  Compression& compression = draft.compression;
  if (compression.algorithms.empty()) {
    for (const auto& [name, algorithm] : kAlgorithms) compression.algorithms.push_back({*algorithm, 0});
  }
  for (CompressionChoice& each : compression.algorithms) {
    each.level = static_cast<std::uint8_t>(draft.levels[static_cast<std::size_t>(each.algorithm)]);
  }
  if (compression.types.empty()) compression.types.assign(std::begin(kUsualTypes), std::end(kUsualTypes));
  out = std::move(compression);
}

void list_compression_keys(KeyList& out) {
  out.add(kCompressionKeys);
}

}  // namespace headgate::config::sections
