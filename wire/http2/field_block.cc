#include "wire/http2/field_block.h"

#include <charconv>

namespace headgate::wire::http2 {
namespace {

std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

void FieldBlock::add(std::string_view name, std::string_view value, std::uint8_t flags) {
  list_.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), flags});
}

void FieldBlock::add_literal(std::string_view name, std::string_view value) {
  add(name, value, NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE);
}

void FieldBlock::add_status(std::uint16_t status) {
  status_ = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
             static_cast<char>('0' + status % 10)};
  add(":status", {status_.data(), status_.size()}, NGHTTP2_NV_FLAG_NO_COPY_NAME);
}

void FieldBlock::add_request(const http::RequestHead& head, std::string_view scheme, std::string_view authority,
                             std::string_view protocol) {
  add(":method", protocol.empty() ? head.method_text : std::string_view("CONNECT"), NGHTTP2_NV_FLAG_NO_COPY_NAME);
  add(":scheme", scheme, NGHTTP2_NV_FLAG_NO_COPY_NAME);
  if (!authority.empty()) add(":authority", authority, NGHTTP2_NV_FLAG_NO_COPY_NAME);
  std::string_view target = head.path;
  if (head.has_query) {
    target_.assign(head.path).append("?").append(head.query);
    target = target_;
  }
  add(":path", target, NGHTTP2_NV_FLAG_NO_COPY_NAME);
  if (!protocol.empty()) add(":protocol", protocol, NGHTTP2_NV_FLAG_NO_COPY_NAME);
}

void FieldBlock::add_all(const http::Fields& fields, std::uint64_t left_out) {
  for (const http::Field& field : fields) {
    if (field.id == http::FieldId::kOther) {
      add(field.name, field.value, NGHTTP2_NV_FLAG_NONE);  // its copy is lowered
    } else if ((http::Fields::bit(field.id) & left_out) == 0) {
      add(http::lower_name_of(field.id), field.value, NGHTTP2_NV_FLAG_NO_COPY_NAME);
    }
  }
}

void FieldBlock::add_length(std::uint64_t bytes) {
  const std::to_chars_result written = std::to_chars(length_.data(), length_.data() + length_.size(), bytes);
  add("content-length", {length_.data(), static_cast<std::size_t>(written.ptr - length_.data())},
      NGHTTP2_NV_FLAG_NO_COPY_NAME);
}

}  // namespace headgate::wire::http2
