#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "proxy/compression/counters.h"
#include "proxy/compression/media_types.h"
#include "wire/coding/coding.h"
#include "wire/http/messages.h"

namespace headgate::proxy::compression {

/// What becomes of one answer.
struct Judgement {
  Skip skip = Skip::kType;
  /// Who asks with another Accept-Encoding may get another answer, so that Vary must say so.
  bool varies = false;
};

/// A route's `compress`, compiled: which answers, and how. Pure; immutable, shared by all workers.
class Rules {
 public:
  static Rules compile(const config::Compression& settings);

  /// What the client would have, by its Accept-Encoding as it came: a route's field rules may take that away, so that
  /// the backend does not compress.
  wire::coding::Coding coding_for(const wire::http::Fields& request_fields) const;

  /// `length` of the body, or of the one that a GET would get, where it is known.
  Judgement judge(wire::coding::Coding wanted, const wire::http::RequestHead& request,
                  const wire::http::ResponseHead& response, std::optional<std::uint64_t> length) const;

  bool takes_type(std::string_view content_type) const { return types_.has(content_type); }
  int level_of(wire::coding::Coding coding) const { return levels_[static_cast<std::size_t>(coding)]; }
  std::uint64_t min_bytes() const { return min_bytes_; }

 private:
  std::vector<wire::coding::Coding> offered_;
  std::array<int, wire::coding::kCodings> levels_{};
  MediaTypes types_;
  std::uint64_t min_bytes_ = 0;
};

wire::coding::Coding coding_of(config::CompressionAlgorithm algorithm);

}  // namespace headgate::proxy::compression
