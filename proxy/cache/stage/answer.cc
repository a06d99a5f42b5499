#include "proxy/cache/stage/answer.h"

#include <fmt/format.h>
#include <sys/uio.h>

#include <array>
#include <optional>
#include <span>

#include "proxy/cache/rules/partial.h"
#include "proxy/cache/rules/validation.h"
#include "proxy/cache/stage/stored_body.h"
#include "proxy/cache/stage/tier/large_body.h"

namespace headgate::proxy::cache::stage {
namespace {

using memory::Body;
using message::semantics::ByteRange;
using message::semantics::Precondition;
using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;
using wire::http::Method;

constexpr std::uint64_t kConditions =
    Fields::bit(FieldId::kIfNoneMatch) | Fields::bit(FieldId::kIfModifiedSince) | Fields::bit(FieldId::kIfRange);
constexpr std::uint64_t kParts = Fields::bit(FieldId::kRange);

template <class... Args>
std::string_view print(base::Arena& arena, fmt::format_string<Args...> format, Args&&... args) {
  std::array<char, 96> buffer;  // three numbers and a few words
  const auto written = fmt::format_to_n(buffer.data(), buffer.size(), format, std::forward<Args>(args)...);
  return arena.copy({buffer.data(), written.size});
}

/// The phrase of "HTTP/1.1 404 Not Found\r\n...".
std::string_view reason_in(std::string_view http1_head) {
  constexpr std::size_t kBefore = 13;
  return http1_head.substr(kBefore, http1_head.find('\r') - kBefore);
}

void give_bytes(const Giver& giver, bool is_head, const memory::Reference& entry, StoredBody::Piece piece,
                message::Response& response) {
  const Body& body = entry.body();
  const bool has_end = piece.to != Body::kUnknown;
  if (is_head) {
    if (has_end) response.stated_length = piece.to - piece.from;
    return;
  }
  if (has_end && piece.to == piece.from) return;
  const std::string_view whole = body.whole();
  if (!whole.empty()) [[likely]] {
    response.text = whole.substr(piece.from, piece.to - piece.from);
    return;
  }
  if (has_end && body.published() >= piece.to) [[likely]] {
    std::array<iovec, 2> pieces{};
    if (body.gather(piece.from, piece.to, pieces) == 1) [[likely]] {
      response.text = {static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len};
      return;
    }
  }
  if (has_end) response.body_length = piece.to - piece.from;
  if (giver.large != nullptr && giver.large->object != nullptr && &giver.large->entry.body() == &body) {
    response.body =
        std::make_unique<tier::LargeBody>(*giver.large, piece, giver.store, giver.worker, giver.loop, giver.stall);
    return;
  }
  response.body =
      std::make_unique<StoredBody>(entry.again(), piece, giver.store, giver.worker, giver.loop, giver.stall);
}

void make_not_modified(message::Response& response) {
  response.head.status = 304;
  response.head.reason = {};
  Fields kept;
  for (const Field& field : response.head.fields) {
    if (rules::is_in_not_modified(field)) kept.add(field.name, field.value, field.id);
  }
  response.head.fields = std::move(kept);
}

/// What of the stored body goes out; nothing: some of it is not stored.
std::optional<StoredBody::Piece> choose_piece(const Giver& giver, const wire::http::RequestHead& asked,
                                              const rules::Meta& meta, std::uint64_t stored_bytes, bool ignores_range,
                                              message::Response& response) {
  const bool is_partial = meta.has(rules::Meta::kPartial);
  const std::uint64_t whole = is_partial ? meta.whole_bytes : stored_bytes;
  const StoredBody::Piece all{0, stored_bytes};
  if (whole == Body::kUnknown) return all;  // it grows, and nobody knows yet to where
  const rules::RangeAnswer answer = rules::answer_range(asked, meta, whole, ignores_range);
  switch (answer.kind) {
    case rules::RangeAnswer::Kind::kWhole:
      return all;
    case rules::RangeAnswer::Kind::kNotStored:
      return std::nullopt;
    case rules::RangeAnswer::Kind::kUnsatisfiable:
      response.head.status = 416;
      response.head.reason = {};
      response.head.fields.clear();
      response.head.fields.add(FieldId::kContentRange, print(giver.arena, "bytes */{}", whole));
      return StoredBody::Piece{0, 0};
    case rules::RangeAnswer::Kind::kPartial:
      break;
  }
  // Several ranges of what is whole are answered with the whole (RFC 9110 section 14.2 allows it).
  if (answer.ranges.ranges().size() != 1) return is_partial ? std::nullopt : std::optional(all);
  const ByteRange& range = answer.ranges.ranges().front();
  response.head.status = 206;
  response.head.reason = {};
  response.head.fields.set(FieldId::kContentRange,
                           print(giver.arena, "bytes {}-{}/{}", range.first, range.last, whole));
  const std::uint64_t before = is_partial ? meta.first_byte : 0;
  return StoredBody::Piece{range.first - before, range.last + 1 - before};
}

}  // namespace

bool give(const Giver& giver, const wire::http::RequestHead& asked, const memory::Reference& entry, Parts parts,
          Heads heads, message::Response& response) {
  const entry::Record record = entry.record();
  const rules::Meta& meta = record.meta();
  wire::http::ResponseHead& head = response.head;
  head.status = record.status();
  const bool is_whole = !asked.fields.has_any(kConditions | kParts) && !meta.has(rules::Meta::kPartial);
  if (heads == Heads::kWritten && is_whole) [[likely]] {
    response.written_head = record.http1_head();
    give_bytes(giver, asked.method == Method::kHead, entry, {0, entry.body().total_bytes()}, response);
    return true;
  }
  head.reason = reason_in(record.http1_head());
  record.add_fields_to(head.fields);
  bool ignores_range = false;
  if (asked.fields.has_any(kConditions)) {
    const Precondition verdict = rules::evaluate_conditions(asked, head.fields, meta, giver.now);
    if (verdict == Precondition::kNotModified) {
      make_not_modified(response);
      return true;
    }
    ignores_range = verdict == Precondition::kIgnoreRange;
  }
  StoredBody::Piece piece{0, entry.body().total_bytes()};
  const bool may_be_part = asked.fields.has_any(kParts) || meta.has(rules::Meta::kPartial);
  if (may_be_part && parts == Parts::kAsAsked) {
    const std::optional<StoredBody::Piece> chosen = choose_piece(giver, asked, meta, piece.to, ignores_range, response);
    if (!chosen) {
      response.head.clear();
      return false;
    }
    piece = *chosen;
  }
  give_bytes(giver, asked.method == Method::kHead, entry, piece, response);
  return true;
}

}  // namespace headgate::proxy::cache::stage
