#include "wire/coding/brotli_encoder.h"

#include <algorithm>
#include <limits>

namespace headgate::wire::coding {
namespace {

BrotliEncoderOperation operation_of(Encoder::Aim aim) {
  switch (aim) {
    case Encoder::Aim::kProcess:
      return BROTLI_OPERATION_PROCESS;
    case Encoder::Aim::kFlush:
      return BROTLI_OPERATION_FLUSH;
    case Encoder::Aim::kFinish:
      return BROTLI_OPERATION_FINISH;
  }
  return BROTLI_OPERATION_PROCESS;
}

void* take_block(void* blocks, std::size_t bytes) {
  return static_cast<KeptBlocks*>(blocks)->take(bytes);
}
void give_back_block(void* blocks, void* block) {
  static_cast<KeptBlocks*>(blocks)->give_back(block);
}

}  // namespace

bool BrotliEncoder::begin(int level, std::optional<std::uint64_t> bytes) {
  BrotliEncoderDestroyInstance(state_);
  state_ = BrotliEncoderCreateInstance(take_block, give_back_block, &blocks_);
  if (state_ == nullptr) return false;
  BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(level));
  BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, kWindowLog);
  if (bytes) {
    const std::uint64_t hint = std::min<std::uint64_t>(*bytes, std::numeric_limits<std::uint32_t>::max());
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_SIZE_HINT, static_cast<std::uint32_t>(hint));
  }
  return true;
}

base::Result<Encoder::Progress> BrotliEncoder::encode(std::string_view input, Aim aim, std::span<char> room) {
  const auto* next_in = reinterpret_cast<const std::uint8_t*>(input.data());
  auto* next_out = reinterpret_cast<std::uint8_t*>(room.data());
  std::size_t input_left = input.size();
  std::size_t room_left = room.size();
  const BROTLI_BOOL went_well =
      BrotliEncoderCompressStream(state_, operation_of(aim), &input_left, &next_in, &room_left, &next_out, nullptr);
  if (went_well == BROTLI_FALSE) {
    return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate, "brotli failed to compress an answer"};
  }
  Progress out{input.size() - input_left, room.size() - room_left, input_left == 0};
  if (aim == Aim::kFlush) out.done = out.done && BrotliEncoderHasMoreOutput(state_) == BROTLI_FALSE;
  if (aim == Aim::kFinish) out.done = BrotliEncoderIsFinished(state_) == BROTLI_TRUE;
  return out;
}

}  // namespace headgate::wire::coding
