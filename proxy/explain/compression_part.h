#pragma once
#include <cstdint>
#include <optional>

#include "config/config.h"
#include "proxy/compression/rules.h"
#include "proxy/explain/explanation.h"
#include "wire/http/messages.h"

namespace headgate::proxy::explain {

/// What a route's `compress` would do to an answer that is known: its head, and its length as far as that is known.
CompressionPart compression_part_of(const config::Compression& settings, wire::coding::Coding wanted,
                                    const compression::Judgement& judgement, std::optional<std::uint64_t> length);

/// The same of an answer that a backend is yet to give: on what it depends.
CompressionPart compression_part_of(const config::Compression& settings, wire::coding::Coding wanted);

}  // namespace headgate::proxy::explain
