#include "proxy/access_log/ring.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "proxy/access_log/fields.h"
#include "proxy/access_log/line/escape.h"
#include "proxy/access_log/line/text_copy.h"

namespace headgate::proxy::access_log {
namespace {

// The texts among the fields, so that the loops below have nothing to test.
struct Text {
  std::string_view Entry::* member = nullptr;
  std::uint16_t bytes_max = 0;
  std::uint8_t field = 0;  // its place in kFields
};
constexpr std::size_t count_texts(bool is_rare) {
  std::size_t count = 0;
  for (const Field& field : kFields) count += field.kind == FieldKind::kText && field.is_rare == is_rare;
  return count;
}
constexpr std::size_t kTextsOfAll = count_texts(false);
constexpr std::size_t kRareTexts = count_texts(true);
// Those that only connections over TLS have, or queries of DNS, are last: other entries do without.
constexpr std::array<Text, kTextsOfAll + kRareTexts> collect_texts() {
  std::array<Text, kTextsOfAll + kRareTexts> texts;
  std::size_t next = 0;
  std::size_t next_rare = kTextsOfAll;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (kFields[i].kind != FieldKind::kText) continue;
    texts[kFields[i].is_rare ? next_rare++ : next++] = {kFields[i].text, kFields[i].bytes_max,
                                                        static_cast<std::uint8_t>(i)};
  }
  return texts;
}
constexpr std::array kTexts = collect_texts();
// Loops over the texts are unrolled by hand, as folds: the compiler leaves them rolled, at twice the instructions.
constexpr std::make_index_sequence<kTextsOfAll> kPlainTexts;
constexpr std::make_index_sequence<kTexts.size()> kAllTexts;

// The start of every entry in the ring; the texts follow, in the order of kTexts, and padding to eight bytes.
struct Fixed {
  std::uint32_t bytes;  // of the whole entry; kGoToStart: nothing more fits before the end of the memory
  std::uint64_t cut;
  base::WallTime arrived;
  std::uint64_t request_bytes;
  std::uint64_t response_bytes;
  std::uint64_t uncompressed_bytes;
  std::uint64_t asn;
  std::uint64_t total_us;
  std::uint64_t choose_us;
  std::uint64_t connect_us;
  std::uint64_t first_byte_us;
  std::string_view cache;
  std::string_view cache_reason;
  std::int64_t cache_age;
  base::IpAddress client;
  bool connection_reused;
  bool has_rare;
  wire::coding::Coding coding;
  std::uint16_t status;
  std::uint16_t retries;
  std::uint16_t hedges;
  std::array<std::uint16_t, kTexts.size()> text_bytes;
};
static_assert(std::is_trivially_copyable_v<Fixed>);
constexpr std::uint32_t kGoToStart = 0;
constexpr std::size_t kAlignment = 8;

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

constexpr std::size_t longest_entry() {
  std::size_t bytes = sizeof(Fixed);
  for (const Text& text : kTexts) bytes += text.bytes_max;
  return aligned(bytes);
}
static_assert(longest_entry() * 2 <= Ring::kBytesMin, "the longest entry fits wherever the ring's positions stand");

// The entry with every text cut to its bound, where some may be longer.
[[gnu::noinline]] Entry cut_to_bounds(const Entry& entry) {
  Entry out = entry;
  for (const Text& text : kTexts) {
    std::string_view& view = out.*text.member;
    if (view.size() <= text.bytes_max) continue;
    view = view.substr(0, text.bytes_max);
    out.cut |= std::uint64_t{1} << text.field;
  }
  return out;
}

bool has_rare_texts(const Entry& entry) {
  return !entry.tls_version.empty() || !entry.dns_rcode.empty();
}

template <std::size_t... kIndex>
std::size_t bytes_of_texts(const Entry& entry, std::index_sequence<kIndex...>) {
  return ((entry.*kTexts[kIndex].member).size() + ...);
}

std::size_t bytes_of_texts(const Entry& entry) {
  return has_rare_texts(entry) ? bytes_of_texts(entry, kAllTexts) : bytes_of_texts(entry, kPlainTexts);
}

template <std::size_t kIndex>
inline char* write_text(const Entry& entry, Fixed& fixed, char* out) {
  const std::string_view& text = entry.*kTexts[kIndex].member;
  fixed.text_bytes[kIndex] = static_cast<std::uint16_t>(text.size());
  return line::append(out, text);
}

template <std::size_t... kIndex>
void write_texts(const Entry& entry, Fixed& fixed, char* out, std::index_sequence<kIndex...>) {
  ((out = write_text<kIndex>(entry, fixed, out)), ...);
}

void write_entry(const Entry& entry, std::size_t bytes, char* at) {
  Fixed& fixed = *new (at) Fixed;  // its members are set below, one by one
  fixed.bytes = static_cast<std::uint32_t>(bytes);
  fixed.cut = entry.cut;
  fixed.arrived = entry.arrived;
  fixed.request_bytes = entry.request_bytes;
  fixed.response_bytes = entry.response_bytes;
  fixed.uncompressed_bytes = entry.uncompressed_bytes;
  fixed.asn = entry.asn;
  fixed.total_us = entry.total_us;
  fixed.choose_us = entry.choose_us;
  fixed.connect_us = entry.connect_us;
  fixed.first_byte_us = entry.first_byte_us;
  fixed.cache = entry.cache;
  fixed.cache_reason = entry.cache_reason;
  fixed.cache_age = entry.cache_age;
  fixed.client = entry.client;
  fixed.connection_reused = entry.connection_reused;
  fixed.coding = entry.coding;
  fixed.status = entry.status;
  fixed.retries = entry.retries;
  fixed.hedges = entry.hedges;
  fixed.has_rare = has_rare_texts(entry);
  if (fixed.has_rare) [[unlikely]] {
    write_texts(entry, fixed, at + sizeof(Fixed), kAllTexts);
  } else {
    write_texts(entry, fixed, at + sizeof(Fixed), kPlainTexts);
  }
}

template <std::size_t... kIndex>
std::size_t read_texts(const Fixed& fixed, const char* from, Entry& entry, std::index_sequence<kIndex...>) {
  const char* next = from;
  ((entry.*kTexts[kIndex].member = std::string_view(next, fixed.text_bytes[kIndex]), next += fixed.text_bytes[kIndex]),
   ...);
  return static_cast<std::size_t>(next - from);
}

void forget_rare(Entry& entry) {
  for (std::size_t i = kTextsOfAll; i < kTexts.size(); ++i) entry.*kTexts[i].member = {};
}

}  // namespace

Ring::Ring(std::uint64_t seed, int wake_fd, std::size_t bytes)
    : bytes_(bytes), wake_fd_(wake_fd), memory_(new char[bytes]), random_(seed) {
  if (bytes < kBytesMin || !std::has_single_bit(bytes)) base::invariant_broken("size of an access log ring");
}

void Ring::set_sample(double share) {
  std::uint64_t threshold = kEverything;
  if (!(share < 1)) share = 1;
  if (share <= 0) threshold = 0;
  // 2^64 * share; below 1 the product is below 2^64, since a double has 53 bits.
  if (share > 0 && share < 1) threshold = static_cast<std::uint64_t>(share * 18446744073709551616.0);
  sample_threshold_.store(threshold, std::memory_order_relaxed);
}

void Ring::push(const Entry& entry) {
  // Texts that are together no longer than the least bound need not be looked at one by one.
  const std::size_t text_bytes = bytes_of_texts(entry);
  if (text_bytes <= kTextBytesMax) [[likely]] {
    push_fitting(entry, text_bytes);
  } else {
    const Entry cut = cut_to_bounds(entry);
    push_fitting(cut, bytes_of_texts(cut));
  }
}

// 'entry' keeps to the bounds of its texts.
inline void Ring::push_fitting(const Entry& entry, std::size_t text_bytes) {
  const std::size_t bytes = aligned(sizeof(Fixed) + text_bytes);
  const std::uint64_t head = head_.load(std::memory_order_relaxed);
  std::size_t place = head & (bytes_ - 1);
  const std::size_t until_end = bytes_ - place;
  const std::uint64_t new_head = head + bytes + (bytes <= until_end ? 0 : until_end);
  if (new_head - tail_seen_ > bytes_ / 2) {
    tail_seen_ = tail_.load(std::memory_order_acquire);
    if (new_head - tail_seen_ > bytes_ / 2) wake_writer();
    if (new_head - tail_seen_ > bytes_) {
      dropped_.add();
      return;
    }
  }
  if (bytes > until_end) {
    const std::uint32_t go_to_start = kGoToStart;
    std::memcpy(memory_.get() + place, &go_to_start, sizeof go_to_start);
    place = 0;
  }
  write_entry(entry, bytes, memory_.get() + place);
  pushed_.add();
  head_.store(new_head, std::memory_order_release);
}

void Ring::wake_writer() {
  if (wake_fd_ < 0 || woken_.load(std::memory_order_relaxed)) return;
  woken_.store(true, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  // It cannot fail but by a full counter, and then the writer is awake.
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

bool Ring::front(Entry& out) {
  std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  if (tail == head_.load(std::memory_order_acquire)) return false;
  std::size_t place = tail & (bytes_ - 1);
  std::uint32_t first_word = 0;
  std::memcpy(&first_word, memory_.get() + place, sizeof first_word);
  front_bytes_ = 0;
  if (first_word == kGoToStart) {
    front_bytes_ = bytes_ - place;
    place = 0;
  }
  Fixed fixed;
  std::memcpy(&fixed, memory_.get() + place, sizeof fixed);
  front_bytes_ += fixed.bytes;
  out.arrived = fixed.arrived;
  out.request_bytes = fixed.request_bytes;
  out.response_bytes = fixed.response_bytes;
  out.uncompressed_bytes = fixed.uncompressed_bytes;
  out.asn = fixed.asn;
  out.total_us = fixed.total_us;
  out.choose_us = fixed.choose_us;
  out.connect_us = fixed.connect_us;
  out.first_byte_us = fixed.first_byte_us;
  out.cache = fixed.cache;
  out.cache_reason = fixed.cache_reason;
  out.cache_age = fixed.cache_age;
  out.client = fixed.client;
  out.connection_reused = fixed.connection_reused;
  out.coding = fixed.coding;
  out.status = fixed.status;
  out.retries = fixed.retries;
  out.hedges = fixed.hedges;
  out.cut = fixed.cut;
  const char* texts = memory_.get() + place + sizeof(Fixed);
  if (!fixed.has_rare) forget_rare(out);
  const std::size_t text_bytes =
      fixed.has_rare ? read_texts(fixed, texts, out, kAllTexts) : read_texts(fixed, texts, out, kPlainTexts);
  out.plain = line::is_plain({texts, text_bytes});
  return true;
}

void Ring::pop() {
  tail_.store(tail_.load(std::memory_order_relaxed) + front_bytes_, std::memory_order_release);
  front_bytes_ = 0;
}

}  // namespace headgate::proxy::access_log
