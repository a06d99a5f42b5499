#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::geoip::write {

/// Comma-separated values (RFC 4180): lines end in LF or CRLF, a field in quotes may hold commas, line breaks and
/// quotes
/// ("" for one). Empty lines are passed over.
///
///     CsvReader csv(text);
///     while (csv.next()) use(csv.fields());
class CsvReader {
 public:
  static constexpr std::size_t kFieldsMax = 64;
  static constexpr std::size_t kFieldBytesMax = 4096;

  explicit CsvReader(std::string_view text) : rest_(text) {}

  struct Field {
    std::string text;
    int column = 0;  ///< of its first byte, from 1
  };
  /// Reads the next record; false at the end, and where the text is no CSV: then error() says why, at line() and
  /// column().
  bool next();
  const std::vector<Field>& fields() const { return fields_; }
  /// Of the record's first byte, from 1.
  int line() const { return line_; }
  std::string_view error() const { return error_; }
  int column() const { return column_; }

 private:
  bool read_field();
  bool read_quoted(Field& field);
  bool fail(std::string_view why);
  char take();

  std::string_view rest_;
  int line_ = 0;  // of the record
  int line_now_ = 1;
  int column_ = 1;  // of what comes next
  std::vector<Field> fields_;
  std::string_view error_;
};

}  // namespace headgate::geoip::write
