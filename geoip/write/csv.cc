#include "geoip/write/csv.h"

#include <utility>

namespace headgate::geoip::write {

char CsvReader::take() {
  const char c = rest_.front();
  rest_.remove_prefix(1);
  ++column_;
  if (c == '\n') {
    ++line_now_;
    column_ = 1;
  }
  return c;
}

bool CsvReader::fail(std::string_view why) {
  error_ = why;
  line_ = line_now_;
  return false;
}

bool CsvReader::next() {
  if (!error_.empty()) return false;
  while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) take();
  fields_.clear();
  line_ = line_now_;
  if (rest_.empty()) return false;
  while (true) {
    if (fields_.size() == kFieldsMax) return fail("a line has more than 64 fields");
    if (!read_field()) return false;
    if (rest_.empty()) return true;
    if (rest_.starts_with("\r\n")) take();
    if (take() == '\n') return true;
  }
}

/// Up to the comma or the line's end.
bool CsvReader::read_field() {
  Field field{{}, column_};
  if (rest_.starts_with('"')) {
    if (!read_quoted(field)) return false;
  } else {
    while (!rest_.empty() && rest_.front() != ',' && rest_.front() != '\n' && !rest_.starts_with("\r\n")) {
      if (field.text.size() == kFieldBytesMax) return fail("a field is longer than 4096 bytes");
      field.text += take();
    }
  }
  fields_.push_back(std::move(field));
  return true;
}

bool CsvReader::read_quoted(Field& field) {
  take();
  while (true) {
    if (rest_.empty()) return fail("a quoted field does not end");
    const char c = take();
    if (c == '"' && !rest_.starts_with('"')) break;
    if (c == '"') take();
    if (field.text.size() == kFieldBytesMax) return fail("a field is longer than 4096 bytes");
    field.text += c;
  }
  const bool is_at_end = rest_.empty() || rest_.front() == ',' || rest_.front() == '\n' || rest_.starts_with("\r\n");
  return is_at_end || fail("after a closing quote comes a comma or the end of the line");
}

}  // namespace headgate::geoip::write
