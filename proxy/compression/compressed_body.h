#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "net/buffer_pool.h"
#include "proxy/compression/counters.h"
#include "proxy/compression/encoder_pool.h"
#include "proxy/compression/peeked_body.h"
#include "proxy/compression/turns.h"
#include "proxy/message/record.h"

namespace headgate::proxy::compression {

/// What all answers that one worker compresses share.
struct Workshop {
  explicit Workshop(net::Loop& on) : loop(on), turns(on) {}
  net::Loop& loop;
  Turns turns;
  EncoderPool encoders;
};

/// A body in a coding. It takes a piece from its source when it is asked for one, so that back-pressure goes through;
/// once the source pauses for a turn of the loop, all that it gave goes out, so that nothing waits in the encoder.
/// While that is sent the source may read one piece ahead. Beside the encoder it holds one buffer of kRoomBytes while
/// bytes move.
///
/// The encoder goes back to the worker's as soon as the last byte has been made.
class CompressedBody final : public message::BodySource {
 public:
  static constexpr std::size_t kRoomBytes = net::BufferPool::kMedium;

  CompressedBody(Workshop& workshop, LentEncoder encoder, std::unique_ptr<PeekedBody> source, message::Record& record,
                 Counters::OfCoding& counters)
      : workshop_(workshop),
        encoder_(std::move(encoder)),
        source_(std::move(source)),
        record_(record),
        counters_(counters) {}

  /// A body that was looked at from end to end, all at once. False if it would not become smaller, or the encoder
  /// failed: then give_back_source() and send it as it is; nothing was counted.
  bool try_whole();
  std::unique_ptr<PeekedBody> give_back_source() { return std::move(source_); }
  /// After try_whole().
  std::size_t ready_bytes() const { return filled_; }

  std::string_view take_ready() override;
  bool at_end() const override { return finished_ && filled_ == 0; }
  net::Task<base::Result<void>> wait() override;
  const wire::http::Fields* trailers() const override;

 private:
  using Aim = wire::coding::Encoder::Aim;
  enum class Next : std::uint8_t { kEncode, kLookAgain, kSend, kWait };

  /// What wait() is to do: with bytes at hand, or the end of the source, or a pause of it.
  Next next_step();
  /// One slice. True when the room is to be sent.
  base::Result<bool> encode_slice();
  void count(const wire::coding::Encoder::Progress& step);

  Workshop& workshop_;
  LentEncoder encoder_;
  std::unique_ptr<PeekedBody> source_;
  message::Record& record_;
  Counters::OfCoding& counters_;
  net::Buffer room_;
  std::size_t filled_ = 0;
  std::string_view input_;
  Aim aim_ = Aim::kProcess;
  bool unflushed_ = false;
  bool looked_again_ = false;  // since the source gave something
  bool finished_ = false;
  mutable wire::http::Fields trailers_;
};

}  // namespace headgate::proxy::compression
