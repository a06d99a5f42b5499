#include "proxy/cache/stage/tier/large_body.h"

#include <algorithm>
#include <utility>

#include "proxy/cache/disk/tier.h"
#include "proxy/cache/stage/tier/waiting.h"

namespace headgate::proxy::cache::stage::tier {

LargeBody::LargeBody(const Large& large, StoredBody::Piece piece, Store& store, std::size_t worker, net::Loop& loop,
                     base::Duration stall)
    : object_(large.object),
      hash_(large.hash),
      taken_(piece.from),
      to_(std::min(piece.to, large.object->body_bytes())),
      store_(store),
      worker_(worker),
      loop_(loop),
      stall_(stall) {}

std::string_view LargeBody::take_ready() {
  if (current_ == nullptr || taken_ == to_ || taken_ / disk::kPieceBytes != current_->number) return {};
  const std::uint64_t begin = current_->number * disk::kPieceBytes;
  const std::uint64_t end = std::min(to_, begin + object_->bytes_of_piece(current_->number));
  const std::string_view out(current_->bytes.get() + (taken_ - begin), end - taken_);
  taken_ = end;
  return out;
}

/// Null: there are too many reads.
std::shared_ptr<LargeBody::Read> LargeBody::begin_read(std::uint64_t number) {
  auto read = std::make_shared<Read>();
  const auto table = store_.loads();
  read->number = number;
  read->bytes.reset(new char[disk::kPieceBytes]);
  read->flight = table->alone(worker_);
  const bool is_asked = store_.disk()->read_piece(
      object_, number, read->bytes.get(), [post = store_.post(), table, read, worker = worker_](bool holds) {
        post(worker,
             [table, read, holds] { read->flight->become(holds ? flight::State::kStored : flight::State::kFailed); });
      });
  return is_asked ? read : nullptr;
}

net::Task<base::Result<void>> LargeBody::wait() {
  if (at_end()) co_return base::Result<void>();
  const std::uint64_t number = taken_ / disk::kPieceBytes;
  if (next_ == nullptr || next_->number != number) next_ = begin_read(number);
  if (next_ == nullptr) {
    co_return base::Error{base::ErrorKind::kUnavailable, base::Fault::kHeadgate, "too many reads wait for the disk"};
  }
  const flight::State state = co_await settled(next_->flight, worker_, loop_, loop_.now() + stall_);
  if (state == flight::State::kAsking) {
    co_return base::Error{base::ErrorKind::kTimeout, base::Fault::kHeadgate, "the cache's disk did not answer in time"};
  }
  if (state != flight::State::kStored) {
    store_.disk()->drop(hash_);
    co_return base::Error{base::ErrorKind::kMalformed, base::Fault::kHeadgate,
                          "what lies on the cache's disk does not hold its checksums"};
  }
  current_ = std::exchange(next_, nullptr);
  if ((number + 1) * disk::kPieceBytes < to_) next_ = begin_read(number + 1);
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::cache::stage::tier
