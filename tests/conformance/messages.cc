#include "tests/conformance/messages.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/ascii.h"

namespace headgate::conformance {
namespace {

base::Error malformed(const std::string& line) {
  return base::Error{base::ErrorKind::kMalformed, base::Fault::kUser, "malformed case: " + line};
}

/// What "\{3:ab}" at the start of `text` stands for; moves `text` behind it.
std::string take_repeated(std::string_view& text) {
  const std::size_t colon = text.find(':');
  const std::size_t close = text.find('}');
  const std::size_t count = base::parse_decimal<std::size_t>(text.substr(2, colon - 2)).value_or(0);
  const std::string once = unescaped(text.substr(colon + 1, close - colon - 1));
  std::string out;
  out.reserve(count * once.size());
  for (std::size_t i = 0; i < count; ++i) out += once;
  text.remove_prefix(close + 1);
  return out;
}

/// The same for "\r", "\x1f" and the like.
char take_escape(std::string_view& text) {
  const char letter = text[1];
  if (letter == 'x' && text.size() >= 4) {
    const int byte = base::hex_value(text[2]) * 16 + base::hex_value(text[3]);
    text.remove_prefix(4);
    return static_cast<char>(byte);
  }
  text.remove_prefix(2);
  switch (letter) {
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (space != 0) out.push_back(text.substr(0, space));
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  }
  return out;
}

bool read_outcome(std::string_view text, MessageCase& out) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.empty()) return false;
  if (words[0] == "incomplete" || words[0] == "body-refused") {
    out.verdict = words[0] == "incomplete" ? Verdict::kIncomplete : Verdict::kBodyRefused;
    return words.size() == 1;
  }
  if (words[0] == "refused") {
    out.verdict = Verdict::kRefused;
    out.status = words.size() == 2 ? base::parse_decimal<int>(words[1]).value_or(0) : 0;
    return out.status != 0;
  }
  for (std::string_view word : std::vector<std::string_view>(words.begin() + 1, words.end())) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    out.attributes[std::string(word.substr(0, equals))] = unescaped(word.substr(equals + 1));
  }
  return words[0] == "accepted";
}

/// "name: why" or "name (METHOD): why".
bool read_heading(std::string_view line, MessageCase& out) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return false;
  std::string_view name = line.substr(0, colon);
  out.why = line.substr(colon + 2);
  if (const std::size_t open = name.find(" ("); open != std::string_view::npos && name.back() == ')') {
    out.request_method = name.substr(open + 2, name.size() - open - 3);
    name = name.substr(0, open);
  }
  out.name = name;
  return !out.name.empty();
}

std::optional<MessageCase> case_from(const std::vector<std::string>& lines, Side side) {
  MessageCase out;
  out.side = side;
  if (lines.size() < 3 || !lines.back().starts_with("=> ") || !read_heading(lines.front(), out)) return std::nullopt;
  std::string raw;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) raw += lines[i];
  out.raw = unescaped(raw);
  if (!read_outcome(std::string_view(lines.back()).substr(3), out)) return std::nullopt;
  return out;
}

base::Result<void> load_file(const std::filesystem::path& path, std::vector<MessageCase>& out) {
  const Side side = path.filename().string().starts_with("requests") ? Side::kRequest : Side::kResponse;
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; file;) {
    line.clear();
    std::getline(file, line);  // after the last line: an empty one, which ends the last case
    if (line.starts_with('#')) continue;
    const std::string_view content = base::trimmed(line);
    if (!content.empty()) {
      lines.emplace_back(content);
    } else if (!lines.empty()) {
      std::optional<MessageCase> parsed = case_from(lines, side);
      if (!parsed) return malformed(lines.front());
      out.push_back(std::move(*parsed));
      lines.clear();
    }
  }
  return {};
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("\\{")) {
      out += take_repeated(text);
    } else if (text.front() == '\\' && text.size() > 1) {
      out += take_escape(text);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

base::Result<std::vector<MessageCase>> load_messages(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<MessageCase> out;
  for (const std::filesystem::path& file : files) {
    const base::Result<void> loaded = load_file(file, out);
    if (!loaded) return loaded.error();
  }
  return out;
}

}  // namespace headgate::conformance
