#include "wire/coding/zstd_encoder.h"

#include <string>
#include <utility>

namespace headgate::wire::coding {
namespace {

ZSTD_EndDirective directive_of(Encoder::Aim aim) {
  switch (aim) {
    case Encoder::Aim::kProcess:
      return ZSTD_e_continue;
    case Encoder::Aim::kFlush:
      return ZSTD_e_flush;
    case Encoder::Aim::kFinish:
      return ZSTD_e_end;
  }
  return ZSTD_e_continue;
}

}  // namespace

bool ZstdEncoder::begin(int level, std::optional<std::uint64_t> bytes) {
  if (context_ == nullptr) context_ = ZSTD_createCCtx();
  if (context_ == nullptr) return false;
  if (ZSTD_isError(ZSTD_CCtx_reset(context_, ZSTD_reset_session_and_parameters)) != 0) return false;
  const std::pair<ZSTD_cParameter, int> parameters[] = {{ZSTD_c_compressionLevel, level},
                                                        {ZSTD_c_windowLog, kWindowLog},
                                                        {ZSTD_c_hashLog, kTableLogMax},
                                                        {ZSTD_c_chainLog, kTableLogMax}};
  for (const auto& [parameter, value] : parameters) {
    if (ZSTD_isError(ZSTD_CCtx_setParameter(context_, parameter, value)) != 0) return false;
  }
  return !bytes || ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context_, *bytes)) == 0;
}

base::Result<Encoder::Progress> ZstdEncoder::encode(std::string_view input, Aim aim, std::span<char> room) {
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  ZSTD_outBuffer out{room.data(), room.size(), 0};
  const std::size_t left = ZSTD_compressStream2(context_, &out, &in, directive_of(aim));
  if (ZSTD_isError(left) != 0) {
    return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate,
                       std::string("zstd failed to compress an answer: ") + ZSTD_getErrorName(left)};
  }
  const bool reached = aim == Aim::kProcess || left == 0;
  return Progress{in.pos, out.pos, reached && in.pos == in.size};
}

}  // namespace headgate::wire::coding
