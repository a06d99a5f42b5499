#include "proxy/ctl/text/table.h"

#include <algorithm>

#include "base/result.h"
#include "proxy/ctl/text/columns.h"

namespace headgate::proxy::ctl::text {
namespace {

constexpr int kGap = 2;
constexpr int kDropped = -1;

/// Of the kept widths and the gaps between them.
int total(const std::vector<int>& widths) {
  int sum = -kGap;
  for (const int width : widths) sum += width == kDropped ? 0 : width + kGap;
  return std::max(sum, 0);
}

std::string cut(const Column& column, const std::string& text, int width) {
  return column.cut == Cut::kMiddle ? cut_middle(text, width) : cut_end(text, width);
}

}  // namespace

std::vector<int> Table::widths(int room) const {
  std::vector<int> natural;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int width = columns_of(columns_[i].title);
    for (const std::vector<Cell>& row : rows_) width = std::max(width, columns_of(row[i].text));
    natural.push_back(width);
  }
  if (room == 0) return natural;
  while (true) {
    std::vector<int> widths = natural;
    while (total(widths) > room) {
      std::size_t widest = columns_.size();
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const bool can_shrink =
            columns_[i].cut != Cut::kNever && widths[i] > std::max(columns_[i].least, columns_of(columns_[i].title));
        if (can_shrink && (widest == columns_.size() || widths[i] > widths[widest])) widest = i;
      }
      if (widest == columns_.size()) break;
      --widths[widest];
    }
    std::size_t next = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool can_go = columns_[i].dropped > 0 && natural[i] != kDropped;
      if (can_go && (next == columns_.size() || columns_[i].dropped > columns_[next].dropped)) next = i;
    }
    if (total(widths) <= room || next == columns_.size()) return widths;
    natural[next] = kDropped;
  }
}

std::string Table::line(const Page& page, const std::vector<int>& widths, const std::vector<Cell>& cells,
                        bool is_chosen) const {
  if (cells.size() != columns_.size()) base::invariant_broken("a table's row has not as many cells as columns");
  std::string out;
  int left = page.width > 0 ? page.width : total(widths);
  int spaces = 0;  // owed: they are written only when more text follows
  for (std::size_t i = 0; i < cells.size() && left > 0; ++i) {
    if (widths[i] == kDropped) continue;
    const int room = std::clamp(left - spaces, 0, widths[i]);
    const std::string text = cut(columns_[i], cells[i].text, room);
    const int fill = room - columns_of(text);
    if (columns_[i].side == Side::kRight) spaces += fill;
    if (!text.empty()) {
      out.append(static_cast<std::size_t>(spaces), ' ');
      left -= spaces + columns_of(text);
      spaces = 0;
      out += is_chosen ? text : page.paint(cells[i].tone, text);
    }
    if (columns_[i].side == Side::kLeft) spaces += fill;
    spaces += kGap;
  }
  if (!is_chosen) return out;
  return page.paint(Tone::kChosen, filled_right(out, page.width > 0 ? page.width : total(widths)));
}

std::vector<std::string> Table::lines(const Page& page, int chosen) const {
  const std::vector<int> widths = this->widths(page.width);
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Tone::kTitle});
  std::vector<std::string> out{line(page, widths, titles, false)};
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    out.push_back(line(page, widths, rows_[i], static_cast<int>(i) == chosen));
  }
  return out;
}

std::string Table::text(const Page& page) const {
  std::string out;
  for (const std::string& each : lines(page)) out += each + "\n";
  return out;
}

}  // namespace headgate::proxy::ctl::text
