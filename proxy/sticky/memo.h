#pragma once
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "proxy/sticky/sealer.h"

namespace headgate::proxy::sticky {

/// Cookies that were opened before, so that the second request with one costs no cipher. Each has one place, and who
/// comes later takes it. What is no cookie never gets in, so nobody can push others out with texts of his own making.
/// For one thread.
class Memo {
 public:
  /// 720 KiB, of which memory is taken as it is used.
  static constexpr std::size_t kPlaces = 8192;

  /// Null where it is not remembered; `text` has Sealer::kTextBytes.
  const Session* find(std::string_view text) const {
    if (places_ == nullptr) return nullptr;
    const Place& place = places_[index_of(text)];
    // Not memcmp, which tells by its time how much was right.
    std::uint64_t difference = 0;
    for (std::size_t at = 0; at < Sealer::kTextBytes; at += sizeof(std::uint64_t)) {
      difference |= word_at(place.text.data() + at) ^ word_at(text.data() + at);
    }
    return difference == 0 ? &place.session : nullptr;
  }

  void add(std::string_view text, const Session& session) {
    if (places_ == nullptr) places_.reset(static_cast<Place*>(std::calloc(kPlaces, sizeof(Place))));
    if (places_ == nullptr) return;
    Place& place = places_[index_of(text)];
    std::memcpy(place.text.data(), text.data(), Sealer::kTextBytes);
    place.session = session;
  }

  void clear() { places_.reset(); }

 private:
  struct Place {
    Sealer::Text text;
    Session session;
  };
  struct Free {
    void operator()(Place* places) const { std::free(places); }
  };
  static std::uint64_t word_at(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  /// The first characters are the nonce's: chance.
  static std::size_t index_of(std::string_view text) {
    return static_cast<std::size_t>(word_at(text.data()) * 0x9e3779b97f4a7c15 >> 51);
  }
  static_assert(kPlaces == std::size_t{1} << (64 - 51));

  std::unique_ptr<Place[], Free> places_;
};

}  // namespace headgate::proxy::sticky
