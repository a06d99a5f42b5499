#include "proxy/cache/disk/index.h"

#include <algorithm>

namespace headgate::proxy::cache::disk {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint32_t kPagesMax = 0xffff;
// A place in a word: segment 16 bits, offset in eights 31, pages 16, used 1.
constexpr std::uint64_t kUsed = 1;

std::uint64_t packed(Place place) {
  return std::uint64_t{place.segment} << 48 | place.offset / 8 << 17 | std::uint64_t{place.pages} << 1;
}

Place unpacked(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word >> 48), (word >> 17 & 0x7fff'ffff) * 8,
          static_cast<std::uint32_t>(word >> 1 & kPagesMax)};
}

std::uint64_t print_of(key::Hash hash) {
  return hash.high == 0 ? 1 : hash.high;
}

}  // namespace

std::uint32_t Place::pages_of(std::uint64_t bytes) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>((bytes + kPageBytes - 1) / kPageBytes, kPagesMax));
}

Index::Cell* Index::Part::find(std::uint64_t print) {
  if (cells.empty()) return nullptr;
  const std::size_t mask = cells.size() - 1;
  for (std::size_t at = print & mask;; at = (at + 1) & mask) {
    if (cells[at].print == print) return &cells[at];
    if (cells[at].print == 0) return nullptr;
  }
}

void Index::Part::grow() {
  constexpr std::size_t kFirst = 8;
  std::vector<Cell> before(cells.empty() ? kFirst : cells.size() * 2);
  before.swap(cells);
  const std::size_t mask = cells.size() - 1;
  for (const Cell& cell : before) {
    if (cell.print == 0) continue;
    std::size_t at = cell.print & mask;
    while (cells[at].print != 0) at = (at + 1) & mask;
    cells[at] = cell;
  }
}

/// What stands behind it, and came there because it was in the way, moves up.
void Index::Part::erase(Cell& cell) {
  const std::size_t mask = cells.size() - 1;
  auto hole = static_cast<std::size_t>(&cell - cells.data());
  for (std::size_t at = (hole + 1) & mask; cells[at].print != 0; at = (at + 1) & mask) {
    const std::size_t home = cells[at].print & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    cells[hole] = cells[at];
    hole = at;
  }
  cells[hole] = Cell{};
  --used;
}

std::optional<Place> Index::find(key::Hash hash) const {
  Part& part = part_of(hash);
  const std::lock_guard lock(part.mutex);
  const Cell* cell = part.find(print_of(hash));
  if (cell == nullptr) return std::nullopt;
  return unpacked(cell->place);
}

std::optional<Place> Index::use(key::Hash hash) {
  Part& part = part_of(hash);
  const std::lock_guard lock(part.mutex);
  Cell* cell = part.find(print_of(hash));
  if (cell == nullptr) return std::nullopt;
  cell->place |= kUsed;
  return unpacked(cell->place);
}

bool Index::was_used(key::Hash hash, Place place) const {
  Part& part = part_of(hash);
  const std::lock_guard lock(part.mutex);
  const Cell* cell = part.find(print_of(hash));
  return cell != nullptr && unpacked(cell->place) == place && (cell->place & kUsed) != 0;
}

bool Index::has(key::Hash hash, Place place) const {
  const std::optional<Place> found = find(hash);
  return found && *found == place;
}

std::optional<Place> Index::put(key::Hash hash, Place place) {
  Part& part = part_of(hash);
  const std::lock_guard lock(part.mutex);
  std::optional<Place> before;
  if (Cell* cell = part.find(print_of(hash))) {
    before = unpacked(cell->place);
    cell->place = packed(place);
    return before;
  }
  if ((part.used + 1) * 4 > part.cells.size() * 3) part.grow();
  const std::size_t mask = part.cells.size() - 1;
  std::size_t at = print_of(hash) & mask;
  while (part.cells[at].print != 0) at = (at + 1) & mask;
  part.cells[at] = {print_of(hash), packed(place)};
  ++part.used;
  return before;
}

std::optional<Place> Index::erase(key::Hash hash) {
  Part& part = part_of(hash);
  const std::lock_guard lock(part.mutex);
  Cell* cell = part.find(print_of(hash));
  if (cell == nullptr) return std::nullopt;
  const Place place = unpacked(cell->place);
  part.erase(*cell);
  return place;
}

bool Index::erase(key::Hash hash, Place place) {
  Part& part = part_of(hash);
  const std::lock_guard lock(part.mutex);
  Cell* cell = part.find(print_of(hash));
  if (cell == nullptr || !(unpacked(cell->place) == place)) return false;
  part.erase(*cell);
  return true;
}

void Index::clear() {
  for (Part& part : *parts_) {
    const std::lock_guard lock(part.mutex);
    part.cells = {};
    part.used = 0;
  }
}

std::size_t Index::size() const {
  std::size_t sum = 0;
  for (const Part& part : *parts_) {
    const std::lock_guard lock(part.mutex);
    sum += part.used;
  }
  return sum;
}

}  // namespace headgate::proxy::cache::disk
