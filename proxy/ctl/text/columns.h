#pragma once
#include <string>
#include <string_view>
#include <vector>

// UTF-8 text in the columns of a terminal. Everything here is pure.
namespace headgate::proxy::ctl::text {

/// `text` with all that a terminal could act on, or could show in the wrong order, made visible: control characters
/// (C0, DEL, C1) and bidirectional controls as \xhh or \u{hhhh}, each byte that is not UTF-8 as U+FFFD. Tab and newline
/// too: what came from outside stays in its cell.
std::string printable(std::string_view text);

/// JSON made of lines, for a terminal: DEL, C1 and bidirectional controls, which JSON allows inside of its texts, as
/// \u escapes. The value stays the same.
std::string printable_json(std::string_view json);

/// The columns that a printable text takes: 2 for wide characters (East Asian, emoji), 0 for combining ones.
int columns_of(std::string_view text);

/// At most `columns` wide, with one "…" in the place of what does not fit: in the middle, so that both ends of an id or
/// an address can be told, or at the end, for sentences. Combining characters stay with theirs.
std::string cut_middle(std::string_view text, int columns);
std::string cut_end(std::string_view text, int columns);

/// Filled up with spaces to `columns`, on the right or on the left; never cut.
std::string filled_right(std::string_view text, int columns);
std::string filled_left(std::string_view text, int columns);

/// Broken between words into lines of at most `columns`; a longer word is cut through. At least one line.
std::vector<std::string> wrapped(std::string_view text, int columns);

/// The same text, in the same columns, for a terminal that is not set to UTF-8: what it cannot show as '?', bars and
/// the "…" as the nearest ASCII character.
std::string ascii_only(std::string_view text);

}  // namespace headgate::proxy::ctl::text
