#pragma once
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <optional>
#include <string>
#include <string_view>

#include "wire/coding/coding.h"

namespace headgate::wire::coding {

/// Decodes with the libraries' own decoders, as a client would; nothing if the bytes are not what they claim to be.
struct Decoded {
  std::string text;
  bool whole = false;  ///< the end of the body was among the bytes
};

inline std::optional<Decoded> decoded_gzip(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  Decoded out;
  char room[16384];
  int outcome = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room);
    stream.avail_out = sizeof room;
    outcome = inflate(&stream, Z_SYNC_FLUSH);
    out.text.append(room, sizeof room - stream.avail_out);
  } while (outcome == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  const bool fine = outcome == Z_OK || outcome == Z_BUF_ERROR || (outcome == Z_STREAM_END && stream.avail_in == 0);
  out.whole = outcome == Z_STREAM_END;
  inflateEnd(&stream);
  if (!fine) return std::nullopt;
  return out;
}

inline std::optional<Decoded> decoded_brotli(std::string_view bytes) {
  BrotliDecoderState* state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t in_left = bytes.size();
  Decoded out;
  char room[16384];
  BrotliDecoderResult outcome = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  do {
    auto* next_out = reinterpret_cast<std::uint8_t*>(room);
    std::size_t out_left = sizeof room;
    outcome = BrotliDecoderDecompressStream(state, &in_left, &next_in, &out_left, &next_out, nullptr);
    out.text.append(room, sizeof room - out_left);
  } while (outcome != BROTLI_DECODER_RESULT_ERROR && BrotliDecoderHasMoreOutput(state) == BROTLI_TRUE);
  out.whole = outcome == BROTLI_DECODER_RESULT_SUCCESS;
  BrotliDecoderDestroyInstance(state);
  if (outcome == BROTLI_DECODER_RESULT_ERROR || (out.whole && in_left > 0)) return std::nullopt;
  return out;
}

inline std::optional<Decoded> decoded_zstd(std::string_view bytes) {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  Decoded out;
  char room[16384];
  std::size_t outcome = 1;
  while (true) {
    ZSTD_outBuffer to{room, sizeof room, 0};
    outcome = ZSTD_decompressStream(context, &to, &in);
    out.text.append(room, to.pos);
    if (ZSTD_isError(outcome) != 0 || outcome == 0 || (in.pos == in.size && to.pos < to.size)) break;
  }
  ZSTD_freeDCtx(context);
  out.whole = outcome == 0;
  if (ZSTD_isError(outcome) != 0 || (out.whole && in.pos < in.size)) return std::nullopt;
  return out;
}

inline std::optional<Decoded> decoded(Coding coding, std::string_view bytes) {
  switch (coding) {
    case Coding::kZstd:
      return decoded_zstd(bytes);
    case Coding::kBrotli:
      return decoded_brotli(bytes);
    case Coding::kGzip:
      return decoded_gzip(bytes);
    case Coding::kIdentity:
      break;
  }
  return Decoded{std::string(bytes), true};
}

}  // namespace headgate::wire::coding
