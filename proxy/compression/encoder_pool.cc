#include "proxy/compression/encoder_pool.h"

namespace headgate::proxy::compression {

using wire::coding::Coding;
using wire::coding::Encoder;
using wire::coding::memory_max_of;

LentEncoder& LentEncoder::operator=(LentEncoder&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = other.pool_;
    encoder_ = std::move(other.encoder_);
    coding_ = other.coding_;
  }
  return *this;
}

void LentEncoder::release() {
  if (encoder_) pool_->give_back(std::move(encoder_), coding_);
}

LentEncoder EncoderPool::borrow(Coding coding, int level, std::optional<std::uint64_t> bytes) {
  const std::size_t most = memory_max_of(coding);
  if (lent_bytes_ + most > memory_max_) return {};
  std::vector<std::unique_ptr<Encoder>>& spare = spare_[static_cast<std::size_t>(coding)];
  std::unique_ptr<Encoder> encoder;
  if (spare.empty()) {
    encoder = wire::coding::make_encoder(coding);
  } else {
    encoder = std::move(spare.back());
    spare.pop_back();
    spare_bytes_ -= most;
  }
  if (!encoder->begin(level, bytes)) return {};
  lent_bytes_ += most;
  return LentEncoder(*this, std::move(encoder), coding);
}

void EncoderPool::give_back(std::unique_ptr<Encoder> encoder, Coding coding) {
  const std::size_t most = memory_max_of(coding);
  lent_bytes_ -= most;
  if (spare_bytes_ + most > kSpareMax) return;
  spare_bytes_ += most;
  spare_[static_cast<std::size_t>(coding)].push_back(std::move(encoder));
}

}  // namespace headgate::proxy::compression
