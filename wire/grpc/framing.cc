#include "wire/grpc/framing.h"

namespace headgate::wire::grpc {

void append_prefix(std::string& out, std::uint32_t message_bytes) {
  out += '\0';
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(message_bytes >> shift & 0xff);
}

MessageReader::State MessageReader::next() {
  if (failure_ != State::kNeedsMore) return failure_;
  unread_.erase(0, taken_);
  taken_ = 0;
  message_ = {};
  if (unread_.empty()) return State::kNeedsMore;
  // The flag alone can be wrong already.
  const auto flag = static_cast<unsigned char>(unread_[0]);
  if (flag > 1) return failure_ = State::kMalformed;
  if (unread_.size() < kPrefixBytes) return State::kNeedsMore;
  std::uint32_t bytes = 0;
  for (std::size_t i = 1; i < kPrefixBytes; ++i) bytes = bytes << 8 | static_cast<unsigned char>(unread_[i]);
  if (bytes > message_bytes_max_) return failure_ = State::kTooLarge;
  if (unread_.size() - kPrefixBytes < bytes) return State::kNeedsMore;
  is_compressed_ = flag == 1;
  message_ = std::string_view(unread_).substr(kPrefixBytes, bytes);
  taken_ = kPrefixBytes + bytes;
  return State::kMessage;
}

}  // namespace headgate::wire::grpc
