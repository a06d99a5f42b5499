#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/regions/pin_token.h"
#include "proxy/sticky/memo.h"

namespace headgate::proxy::regions {

/// Pins that were read before, so that the second request with one costs no HMAC. Whether one has expired is the
/// caller's to say, each time. For one thread.
class PinMemo {
 public:
  /// 272 KiB.
  static constexpr std::size_t kPlaces = 2048;

  /// Nothing where it is not remembered; views of `text`.
  std::optional<Pin> find(std::string_view text) const {
    const Known* const known = memo_.find(text);
    if (known == nullptr || known->size != text.size()) return std::nullopt;
    return Pin{text.substr(known->region_at), known->expires};
  }
  /// `pin` is of views of `text`.
  void add(std::string_view text, const Pin& pin) {
    if (text.size() > PinSigner::kTextMax) return;
    memo_.add(text, {pin.expires, static_cast<std::uint8_t>(text.size()),
                     static_cast<std::uint8_t>(text.size() - pin.region.size())});
  }
  void clear() { memo_.clear(); }

 private:
  struct Known {
    std::uint64_t expires;
    std::uint8_t size;
    std::uint8_t region_at;
  };
  static constexpr std::size_t kTextBytesMax = (PinSigner::kTextMax + 7) / 8 * 8;  // whole words
  static_assert(kTextBytesMax <= UINT8_MAX);

  sticky::Memo<Known, kTextBytesMax, kPlaces> memo_;
};

}  // namespace headgate::proxy::regions
