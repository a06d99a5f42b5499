#pragma once
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>

namespace headgate::proxy::sticky {

/// What signed or sealed texts were found to say, so that the second request with one costs no cipher. Each has one
/// place, and who comes later takes it. What nobody has signed never gets in, so nobody can push others out with texts
/// of his own making. Memory is taken as it is used. For one thread.
template <class Value, std::size_t kTextBytesMax, std::size_t kPlaces>
class Memo {
 public:
  /// Of texts with fewer bytes, or more than kTextBytesMax, and of those that begin with a zero, which free places do,
  /// nothing is remembered.
  static constexpr std::size_t kTextBytesMin = sizeof(std::uint64_t);

  /// Null where it is not remembered. A text and one with zeros behind it are the same.
  const Value* find(std::string_view text) const {
    if (places_ == nullptr || !has_room_for(text)) return nullptr;
    const Place& place = places_[index_of(text)];
    if (text.size() == kTextBytesMax) return is_same(place.text.data(), text.data()) ? &place.value : nullptr;
    std::array<char, kTextBytesMax> padded{};
    std::memcpy(padded.data(), text.data(), text.size());
    return is_same(place.text.data(), padded.data()) ? &place.value : nullptr;
  }

  void add(std::string_view text, const Value& value) {
    if (!has_room_for(text)) return;
    if (places_ == nullptr) places_.reset(static_cast<Place*>(std::calloc(kPlaces, sizeof(Place))));
    if (places_ == nullptr) return;
    Place& place = places_[index_of(text)];
    std::memcpy(place.text.data(), text.data(), text.size());
    std::memset(place.text.data() + text.size(), 0, kTextBytesMax - text.size());
    place.value = value;
  }

  void clear() { places_.reset(); }

 private:
  static_assert(kTextBytesMax % sizeof(std::uint64_t) == 0 && (kPlaces & (kPlaces - 1)) == 0);
  static_assert(std::is_trivially_copyable_v<Value>);
  struct Place {
    std::array<char, kTextBytesMax> text;
    Value value;
  };
  struct Free {
    void operator()(Place* places) const { std::free(places); }
  };
  static bool has_room_for(std::string_view text) {
    return text.size() >= kTextBytesMin && text.size() <= kTextBytesMax && text[0] != '\0';
  }
  static std::uint64_t word_at(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  /// Not memcmp, which tells by its time how much was right.
  static bool is_same(const char* one, const char* other) {
    std::uint64_t difference = 0;
    for (std::size_t at = 0; at < kTextBytesMax; at += sizeof(std::uint64_t)) {
      difference |= word_at(one + at) ^ word_at(other + at);
    }
    return difference == 0;
  }
  /// The first characters are chance: a nonce's, a MAC's.
  static std::size_t index_of(std::string_view text) {
    return static_cast<std::size_t>(word_at(text.data()) * 0x9e3779b97f4a7c15 >> 32) & (kPlaces - 1);
  }

  std::unique_ptr<Place[], Free> places_;
};

}  // namespace headgate::proxy::sticky
