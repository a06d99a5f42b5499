// Chunked bodies: runs lie in the input, every call gets on, and the pieces make no difference.
#include "tests/fuzz/wire_fuzz.h"
#include "wire/http1/chunked.h"

namespace {

using namespace headgate;
using fuzz::require;
using wire::http1::ChunkedDecoder;

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  ChunkedDecoder::State state = ChunkedDecoder::State::kMore;
  std::string trailers;
};

/// Decodes `piece`; false once the body is at its end.
bool decode_piece(ChunkedDecoder& decoder, std::string_view piece, Decoded& out) {
  while (!piece.empty()) {
    const ChunkedDecoder::Step step = decoder.decode(piece);
    require(step.consumed <= piece.size(), "no more is consumed than there is");
    require(fuzz::is_inside(step.data, piece), "data lies in the input");
    require(step.data.size() <= step.consumed, "data is consumed");
    out.body += step.data;
    out.consumed += step.consumed;
    out.state = step.state;
    if (step.state != ChunkedDecoder::State::kMore) return false;
    require(step.consumed > 0, "a call with input gets on");
    require(!step.data.empty() || step.consumed == piece.size(), "without data the input is used up");
    piece.remove_prefix(step.consumed);
  }
  return true;
}

Decoded decode(std::string_view input, const std::vector<std::size_t>& arrivals) {
  ChunkedDecoder decoder;
  Decoded out;
  std::size_t before = 0;
  for (std::size_t size : arrivals) {
    const std::vector<char> piece = fuzz::exact_copy(input.substr(before, size - before));
    if (!decode_piece(decoder, {piece.data(), piece.size()}, out)) break;
    before = size;
  }
  out.trailers = fuzz::text_of(decoder.trailers());
  require(!decoder.trailers().has(wire::http::FieldId::kTransferEncoding), "no framing in trailers");
  require(decoder.trailers().size() <= ChunkedDecoder::kTrailerFieldsMax, "the limit of trailers");
  return out;
}

/// The same body in chunks of our own is the same body.
void require_same_when_written(const std::string& body) {
  std::string written;
  for (std::size_t at = 0; at < body.size(); at += 100) {
    const std::string_view part = std::string_view(body).substr(at, 100);
    char head[wire::http1::kChunkHeadBytesMax];
    written.append(head, wire::http1::write_chunk_head(part.size(), head)).append(part).append("\r\n");
  }
  written += wire::http1::kLastChunk;
  const Decoded again = decode(written, {written.size()});
  require(again.state == ChunkedDecoder::State::kDone && again.body == body, "what we write, we read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const Decoded whole = decode(input, {input.size()});
  const Decoded pieces = decode(input, fuzz::arrivals_of(input));
  require(whole.state == pieces.state && whole.body == pieces.body && whole.trailers == pieces.trailers,
          "the pieces make no difference");
  if (whole.state == ChunkedDecoder::State::kDone) {
    require(whole.consumed == pieces.consumed, "the pieces make no difference to where the body ends");
    require_same_when_written(whole.body);
  }
  return 0;
}
