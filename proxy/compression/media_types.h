#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace headgate::proxy::compression {

/// A set of media types: "text/html", and patterns "text/*", "application/*+json", "*/*". A pattern never means what is
/// compressed already (images but a few, video, audio, archives, web fonts) nor gRPC, whose messages do that
/// themselves; those are in the set only where they are named. Looking costs the same however many there are.
class MediaTypes {
 public:
  /// `types` in lower case, as a checked configuration has them.
  static MediaTypes compile(const std::vector<std::string>& types);

  /// Of a Content-Type field: parameters and case are left aside. What is no media type is in no set.
  bool has(std::string_view content_type) const;

 private:
  bool has_exactly(std::string_view type) const;
  bool has_pattern_for(std::string_view type) const;

  std::vector<std::string> exact_;     // sorted, as are the others
  std::vector<std::string> kinds_;     // "text/" of "text/*"
  std::vector<std::string> suffixes_;  // "application/+json" of "application/*+json"
  bool all_ = false;
};

/// Formats that a further compression makes no smaller.
bool is_compressed_already(std::string_view type);

}  // namespace headgate::proxy::compression
