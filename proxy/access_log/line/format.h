#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/placeholders.h"
#include "proxy/access_log/fields.h"
#include "proxy/access_log/line/time_text.h"

namespace headgate::proxy::access_log::line {

/// Turns entries into lines: JSON, Apache's combined format, or a text with {fields}. Compiled once, used by one
/// thread.
class Format {
 public:
  /// "json", "combined", or a text in which {name} stands for a field; other braces are themselves, as everywhere in
  /// the file (config/placeholders.h). The error names the place's key and the known fields. At most kPartsMax fields.
  static base::Result<Format> compile(std::string_view format);
  static constexpr std::size_t kPartsMax = config::kAccessLogFieldsMax;

  /// Writes one line with its end; returns the end of what was written. `out` has room for line_bytes_max(), and the
  /// texts of the entry keep to the bounds of kFields, as all that comes out of a ring do.
  char* write(const Entry& entry, char* out);
  std::size_t line_bytes_max() const { return line_bytes_max_; }
  /// Whether it has a field that says where the client is.
  bool tells_place() const;

 private:
  // A field and the text before it.
  struct Part {
    std::string literal;
    const Field* field = nullptr;
  };

  explicit Format(std::size_t json_bytes_max);
  Format(std::vector<Part> parts, std::string_view end);
  static base::Result<Format> text(std::string_view format);

  std::vector<Part> parts_;
  std::string end_;       // what follows the last field
  bool is_json_ = false;  // then parts_ is empty: JSON has its members compiled in
  std::size_t line_bytes_max_ = 0;
  TimeText time_;
};

}  // namespace headgate::proxy::access_log::line
