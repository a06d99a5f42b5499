#pragma once
#include <nghttp2/nghttp2.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http/messages.h"

namespace headgate::wire::http2 {

/// The fields of one head on their way to the library, which takes a copy when it is given them: names in lower case,
/// pseudo-fields first. Reused, so that a head costs no allocation here.
class FieldBlock {
 public:
  void clear() { list_.clear(); }
  void add_status(std::uint16_t status);
  void add_request(const http::RequestHead& head, std::string_view scheme, std::string_view authority,
                   std::string_view protocol);
  /// All fields in order, without those whose id is in `left_out` (Fields::bit).
  void add_all(const http::Fields& fields, std::uint64_t left_out);
  /// Both texts are constants, the name in lower case.
  void add_literal(std::string_view name, std::string_view value);
  void add_length(std::uint64_t bytes);

  const nghttp2_nv* data() const { return list_.data(); }
  std::size_t size() const { return list_.size(); }

 private:
  void add(std::string_view name, std::string_view value, std::uint8_t flags);
  std::vector<nghttp2_nv> list_;
  std::string target_;
  std::array<char, 20> length_;
  std::array<char, 3> status_;
};

}  // namespace headgate::wire::http2
