#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/cache/key/primary.h"
#include "proxy/cache/purge/book.h"
#include "proxy/cache/rules/meta.h"
#include "wire/http/field.h"

namespace headgate::proxy::cache::entry {

/// What an entry is made of, but for its body. Views, for the time of the call that takes it.
struct Parts {
  std::string_view key;
  purge::Subjects subjects;
  std::uint64_t sequence = 0;  ///< purge::Book's, from before the fetch began
  std::uint16_t status = 200;
  std::string_view reason;                     ///< empty: the standard phrase
  const wire::http::Fields* fields = nullptr;  ///< those to store, no others (rules::is_stored)
  rules::Meta meta;
};

/// An entry without its body, as it lies in memory and on disk alike: one piece of bytes, found by offsets, written
/// once. A Record is a view of it.
class Record {
 public:
  static constexpr std::size_t kAlignment = 8;
  static constexpr std::size_t kKeyBytesMax = 64 * 1024;
  static constexpr std::size_t kHeadBytesMax = 256 * 1024;  ///< status line and fields
  static constexpr std::size_t kFieldsMax = 4096;
  static constexpr std::size_t kTagsMax = 8192;
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

  /// What write() needs for it; nothing if a bound above is exceeded.
  static std::optional<std::size_t> bytes_of(const Parts& parts);
  /// Into `out`, aligned and of bytes_of() bytes.
  static Record write(const Parts& parts, key::Hash hash, char* out);
  /// Of bytes that somebody else kept, aligned: looks at every length, place and the checksum. Bytes may follow.
  static base::Result<Record> parse(std::string_view bytes);
  /// Of what write() wrote.
  explicit Record(const char* at) : at_(at) {}

  /// A copy for the disk, with a checksum and the length of the body that follows it.
  std::string sealed(std::uint64_t body_bytes) const;

  std::size_t bytes() const;
  /// As write() was told; of a sealed one it is zero, since each process has its own seed.
  key::Hash key_hash() const;
  std::string_view key() const;
  purge::Subjects subjects() const;
  std::uint64_t sequence() const;
  std::uint16_t status() const;
  const rules::Meta& meta() const;
  /// Of a sealed one; kUnknown otherwise.
  std::uint64_t body_bytes() const;
  /// "HTTP/1.1 200 OK\r\nName: value\r\n...": what comes after it ends with the empty line.
  std::string_view http1_head() const;
  std::size_t field_count() const;
  wire::http::Field field(std::size_t number) const;
  /// Adds them all, as views into the record.
  void add_fields_to(wire::http::Fields& out) const;

 private:
  struct Header;
  struct FieldPlace;
  const Header& header() const;
  const FieldPlace* places() const;
  const char* texts() const;
  base::Result<void> check(std::size_t available) const;
  base::Result<void> check_head() const;

  const char* at_;
};

}  // namespace headgate::proxy::cache::entry
