#pragma once
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "proxy/regions/pin_token.h"

namespace headgate::proxy::regions {

/// Pins that were read before, so that the second request with one costs no HMAC. Each has one place, and who comes
/// later takes it. What nobody has signed never gets in, so nobody can push others out with texts of his own making.
/// Whether one has expired is the caller's to say, each time. For one thread.
class PinMemo {
 public:
  /// 272 KiB, of which memory is taken as it is used.
  static constexpr std::size_t kPlaces = 2048;

  /// Nothing where it is not remembered; views of `text`.
  std::optional<Pin> find(std::string_view text) const {
    if (places_ == nullptr || text.size() < sizeof(std::uint64_t) || text.size() > kTextMax) return std::nullopt;
    const Place& place = places_[index_of(text)];
    const Text shown = text_of(text);
    // Not memcmp, which tells by its time how much was right.
    std::uint64_t difference = place.size ^ text.size();
    for (std::size_t at = 0; at < sizeof shown; at += sizeof(std::uint64_t)) {
      difference |= word_at(place.text.data() + at) ^ word_at(shown.data() + at);
    }
    if (difference != 0) return std::nullopt;
    return Pin{text.substr(place.region_at), place.expires};
  }

  /// `pin` is of views of `text`.
  void add(std::string_view text, const Pin& pin) {
    if (places_ == nullptr) places_.reset(static_cast<Place*>(std::calloc(kPlaces, sizeof(Place))));
    if (places_ == nullptr || text.size() < sizeof(std::uint64_t) || text.size() > kTextMax) return;
    Place& place = places_[index_of(text)];
    place.text = text_of(text);
    place.size = static_cast<std::uint8_t>(text.size());
    place.region_at = static_cast<std::uint8_t>(text.size() - pin.region.size());
    place.expires = pin.expires;
  }

  void clear() { places_.reset(); }

 private:
  static constexpr std::size_t kTextMax = PinSigner::kTextMax;
  using Text = std::array<char, 120>;  // whole words; zeros behind its end
  static_assert(kTextMax <= sizeof(Text) && sizeof(Text) % sizeof(std::uint64_t) == 0);
  struct Place {
    Text text;
    std::uint64_t expires;
    std::uint8_t size;
    std::uint8_t region_at;
  };
  struct Free {
    void operator()(Place* places) const { std::free(places); }
  };
  static Text text_of(std::string_view text) {
    Text out{};
    std::memcpy(out.data(), text.data(), text.size());
    return out;
  }
  static std::uint64_t word_at(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  /// The first characters are the MAC's: chance.
  static std::size_t index_of(std::string_view text) {
    return static_cast<std::size_t>(word_at(text.data()) * 0x9e3779b97f4a7c15 >> 53);
  }
  static_assert(kPlaces == std::size_t{1} << (64 - 53));

  std::unique_ptr<Place[], Free> places_;
};

}  // namespace headgate::proxy::regions
