#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::config::request {

/// What of a request it is hashed, sharded or remembered by.
struct Key {
  enum class By : std::uint8_t { kClient, kPath, kUri, kSegment, kHeader, kCookie, kQuery };
  By by = By::kClient;
  std::string name = {};      ///< of the header, cookie or parameter
  std::uint32_t segment = 0;  ///< of the path, from 1
  friend bool operator==(const Key&, const Key&) = default;
};

/// Which keys make sense: a whole path or URI is what many clients ask for, and so good for hashing alone.
enum class Use : std::uint8_t { kHash, kShard, kSession };

inline constexpr std::size_t kKeyNameBytesMax = 256;
inline constexpr std::uint32_t kSegmentMax = 32;

/// "client", "path:2", "header:X-User-Id", "cookie:sid", "query:id", and for hashing "path" and "uri". The Error says
/// what is expected.
base::Result<Key> parse_key(std::string_view text, Use use);

/// As the configuration writes it: "header:X-User-Id".
std::string text_of(const Key& key);
/// As a sentence has it: "header X-User-Id", "segment 2 of the path".
std::string words_of(const Key& key);

}  // namespace headgate::config::request
