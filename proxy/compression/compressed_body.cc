#include "proxy/compression/compressed_body.h"

#include <algorithm>

#include "net/waiting.h"
#include "proxy/compression/answer_fields.h"

namespace headgate::proxy::compression {
namespace {

/// With less room than this an encoder is not asked: zlib may need as much for the mark of a flush.
constexpr std::size_t kRoomMin = 64;

}  // namespace

void CompressedBody::count(const wire::coding::Encoder::Progress& step) {
  counters_.bytes_in.add(step.taken);
  counters_.bytes_out.add(step.produced);
  record_.uncompressed_body_bytes += step.taken;
}

bool CompressedBody::try_whole() {
  const std::size_t bytes = source_->seen_bytes();
  room_ = workshop_.loop.buffers().borrow(bytes);
  wire::coding::Encoder::Progress sum;
  for (std::string_view piece : source_->seen()) {
    sum.taken += piece.size();
    const Aim aim = sum.taken == bytes ? Aim::kFinish : Aim::kProcess;
    const base::Result<wire::coding::Encoder::Progress> step =
        encoder_->encode(piece, aim, {room_.data() + sum.produced, bytes - sum.produced});
    if (!step || !step->done) return false;
    sum.produced += step->produced;
  }
  filled_ = sum.produced;
  finished_ = true;
  encoder_.release();
  count(sum);
  return true;
}

std::string_view CompressedBody::take_ready() {
  return {room_.data(), std::exchange(filled_, 0)};
}

CompressedBody::Next CompressedBody::next_step() {
  if (!input_.empty() || aim_ != Aim::kProcess) return Next::kEncode;
  while (true) {
    input_ = source_->take_ready();
    if (!input_.empty()) {
      looked_again_ = false;
      return Next::kEncode;
    }
    if (source_->at_end()) {
      aim_ = Aim::kFinish;
      return Next::kEncode;
    }
    // A failure that came at once is told by wait() like any other.
    if (source_->try_wait()) {
      if (source_->has_failed()) return Next::kWait;
      continue;
    }
    // What comes in pieces that follow one another is not worth a flush, and a write, for each.
    if (unflushed_ && !looked_again_) return Next::kLookAgain;
    if (unflushed_) {
      aim_ = Aim::kFlush;
      return Next::kEncode;
    }
    return filled_ > 0 ? Next::kSend : Next::kWait;
  }
}

net::Task<base::Result<void>> CompressedBody::wait() {
  while (!finished_) {
    const Next next = next_step();
    if (next == Next::kSend) break;
    if (next == Next::kLookAgain) {
      looked_again_ = true;
      co_await net::next_turn(workshop_.loop);
      continue;
    }
    if (next == Next::kWait) {
      room_.release();
      base::Result<void> waited = co_await source_->wait();
      if (!waited) co_return waited;
      continue;
    }
    if (!workshop_.turns.try_take()) co_await workshop_.turns.wait();
    if (!room_) room_ = workshop_.loop.buffers().borrow(kRoomBytes);
    const base::Result<bool> is_to_be_sent = encode_slice();
    if (!is_to_be_sent) co_return is_to_be_sent.error();
    if (*is_to_be_sent) break;
  }
  co_return base::Result<void>();
}

base::Result<bool> CompressedBody::encode_slice() {
  const std::string_view slice = input_.substr(0, Turns::kSliceBytes);
  const base::Result<wire::coding::Encoder::Progress> step =
      encoder_->encode(slice, aim_, {room_.data() + filled_, room_.size() - filled_});
  if (!step) return step.error();
  input_.remove_prefix(step->taken);
  filled_ += step->produced;
  unflushed_ = unflushed_ || step->taken > 0;
  count(*step);
  const bool is_full = room_.size() - filled_ < kRoomMin;
  if (!step->done || aim_ == Aim::kProcess) return is_full;
  finished_ = aim_ == Aim::kFinish;
  if (finished_) encoder_.release();
  unflushed_ = false;
  aim_ = Aim::kProcess;
  return filled_ > 0;
}

const wire::http::Fields* CompressedBody::trailers() const {
  const wire::http::Fields* given = source_->trailers();
  if (given == nullptr || std::none_of(given->begin(), given->end(), is_of_bytes)) return given;
  trailers_.clear();
  for (const wire::http::Field& field : *given) {
    if (!is_of_bytes(field)) trailers_.add(field.name, field.value, field.id);
  }
  return &trailers_;
}

}  // namespace headgate::proxy::compression
