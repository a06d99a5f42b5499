#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "wire/dns/numbers.h"

// What a zone has at one name, as views of the bytes it is laid out in: a node is its sets one after the other, and a
// set its type, the number of its records, its TTL, how many bytes they are, and they, each behind its length.
namespace headgate::proxy::dns::zone {

/// A name whose addresses depend on who asks, and on what is up.
struct GeoName {
  std::string pool;
  std::uint32_t ttl_seconds = 0;
  std::uint32_t failing_ttl_seconds = 0;  ///< while a region that would answer fails
  std::size_t pool_index = 0;             ///< in Config::pools
  friend auto operator<=>(const GeoName&, const GeoName&) = default;
};

/// A number that stands anywhere.
template <typename Number>
Number number_at(const char* at) {
  Number out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

/// The data of the records of one set, in the order they were added.
class Records {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    Iterator() = default;
    explicit Iterator(const char* at) : at_(at) {}
    std::string_view operator*() const { return {at_ + sizeof(std::uint16_t), number_at<std::uint16_t>(at_)}; }
    Iterator& operator++() {
      at_ += sizeof(std::uint16_t) + number_at<std::uint16_t>(at_);
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const char* at_ = nullptr;
  };
  Records(const char* begin, const char* end, std::size_t count) : begin_(begin), end_(end), count_(count) {}
  Iterator begin() const { return begin_; }
  Iterator end() const { return end_; }
  std::size_t size() const { return count_; }
  std::string_view front() const { return *begin_; }

 private:
  Iterator begin_, end_;
  std::size_t count_;
};

/// All records of one name and type. An answer has them all or is truncated (RFC 2181 section 5).
struct RecordSet {
  wire::dns::Type type;
  std::uint32_t ttl_seconds;
  Records data;  ///< each once, uncompressed; at least one
};

/// What there is at one name; nothing at all where names are only below it (RFC 8020: it exists all the same). A view
/// of its zone.
class Node {
 public:
  class Iterator {
   public:
    using value_type = RecordSet;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const char* at, std::size_t left) : at_(at), left_(left) {}
    RecordSet operator*() const;
    Iterator& operator++() {
      at_ += kSetHeadBytes + number_at<std::uint32_t>(at_ + 8);
      --left_;
      return *this;
    }
    void operator++(int) { ++*this; }
    wire::dns::Type type() const { return static_cast<wire::dns::Type>(number_at<std::uint16_t>(at_)); }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    const char* at_ = nullptr;
    std::size_t left_ = 0;
  };

  /// `sets` is where the first of `count` stands; `geo` null: it is no geo name.
  Node(const char* sets, std::size_t count, const GeoName* geo) : sets_(sets), count_(count), geo_(geo) {}

  /// The sets, each type once.
  Iterator begin() const { return {sets_, count_}; }
  Iterator end() const { return {nullptr, 0}; }
  std::size_t size() const { return count_; }
  std::optional<RecordSet> find(wire::dns::Type type) const {
    for (Iterator each = begin(); each != end(); ++each) {
      if (each.type() == type) return *each;
    }
    return std::nullopt;
  }
  bool has(wire::dns::Type type) const { return find(type).has_value(); }
  /// Its addresses, if it is a geo name: then no set is A, AAAA or CNAME. Null: it is none.
  const GeoName* geo() const { return geo_; }

  /// Of one zone: the same name's.
  friend bool operator==(const Node& a, const Node& b) { return a.sets_ == b.sets_; }

  static constexpr std::size_t kSetHeadBytes = 12;

 private:
  const char* sets_;
  std::size_t count_;
  const GeoName* geo_;
};

inline RecordSet Node::Iterator::operator*() const {
  const char* const data = at_ + kSetHeadBytes;
  return {type(), number_at<std::uint32_t>(at_ + 4),
          Records(data, data + number_at<std::uint32_t>(at_ + 8), number_at<std::uint16_t>(at_ + 2))};
}

}  // namespace headgate::proxy::dns::zone
