#include "proxy/explain/compression_part.h"

#include <fmt/format.h>

#include <string>

#include "config/load.h"
#include "config/values.h"

namespace headgate::proxy::explain {
namespace {

using compression::Skip;
using wire::coding::Coding;

CompressionPart part_with(const config::Compression& settings, Coding wanted) {
  CompressionPart out;
  for (const config::CompressionChoice& each : settings.algorithms) {
    out.offered.emplace_back(config::algorithm_name(each.algorithm));
    if (compression::coding_of(each.algorithm) == wanted) out.level = each.level;
  }
  out.min_bytes = settings.min_bytes;
  return out;
}

std::string sentence_of(Skip skip, const config::Compression& settings, std::optional<std::uint64_t> length) {
  switch (skip) {
    case Skip::kNone:
      return "the client takes it, and the answer is of a type and a size to compress";
    case Skip::kNotAccepted:
      return "the request's Accept-Encoding takes none of the route's algorithms";
    case Skip::kType:
      return "its Content-Type is not among the route's types";
    case Skip::kSmall:
      return fmt::format("{} bytes are below min_size ({})", length.value_or(0), config::size_text(settings.min_bytes));
    case Skip::kEncoded:
      return "it has a Content-Encoding already";
    case Skip::kNoTransform:
      return "Cache-Control says no-transform";
    case Skip::kPartial:
      return "it is a part of the whole";
    case Skip::kBusy:
    case Skip::kIncompressible:
      break;
  }
  return "that shows when it is sent";
}

}  // namespace

CompressionPart compression_part_of(const config::Compression& settings, Coding wanted,
                                    const compression::Judgement& judgement, std::optional<std::uint64_t> length) {
  CompressionPart out = part_with(settings, wanted);
  if (judgement.skip == Skip::kNone) out.encoding = to_string(wanted);
  out.why = sentence_of(judgement.skip, settings, length);
  return out;
}

CompressionPart compression_part_of(const config::Compression& settings, Coding wanted) {
  CompressionPart out = part_with(settings, wanted);
  out.is_certain = wanted == Coding::kIdentity;
  if (wanted == Coding::kIdentity) {
    out.why = sentence_of(Skip::kNotAccepted, settings, std::nullopt);
    return out;
  }
  out.encoding = to_string(wanted);
  out.why = fmt::format("if the answer is of one of the route's {} types, {} or longer, and not encoded already",
                        settings.types.size(), config::size_text(settings.min_bytes));
  return out;
}

}  // namespace headgate::proxy::explain
