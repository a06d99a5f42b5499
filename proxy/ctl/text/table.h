#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/ctl/text/page.h"

namespace headgate::proxy::ctl::text {

enum class Side : std::uint8_t { kLeft, kRight };
enum class Cut : std::uint8_t { kNever, kMiddle, kEnd };

struct Column {
  std::string title;
  Side side = Side::kLeft;
  Cut cut = Cut::kNever;
  int least = 0;    ///< columns below which a text is not cut
  int dropped = 0;  ///< 0: always there; else the higher, the earlier it goes where there is no room
};

struct Cell {
  std::string text;  ///< printable
  Tone tone = Tone::kPlain;
};

/// Rows under titles, two spaces between them.
///
///     Table table({{"POOL"}, {"REQUESTS", Side::kRight}});
///     table.add({{"app"}, {"1,234"}});
///     out += table.text(page);
///
/// On a page with a width no line is wider: long texts are cut first (the longest first, down to their least), then
/// columns are dropped; what still does not fit is cut at the line's end. Without a width every column is there, whole.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as columns.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  /// Title line and rows, each with its line end.
  std::string text(const Page& page) const;
  /// The same as lines; `chosen` is the row to be shown as such, -1 for none.
  std::vector<std::string> lines(const Page& page, int chosen = -1) const;

 private:
  /// What each column gets; -1 for one that is dropped.
  std::vector<int> widths(int room) const;
  std::string line(const Page& page, const std::vector<int>& widths, const std::vector<Cell>& cells,
                   bool is_chosen) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace headgate::proxy::ctl::text
