#include "proxy/cache/purge/book.h"

#include <algorithm>
#include <bit>

#include <xxhash.h>

namespace headgate::proxy::cache::purge {
namespace {

constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kRelaxed = std::memory_order_relaxed;

/// One word for kind and subject; never 0, which is an empty cell.
std::uint64_t cell_key(Kind kind, std::uint64_t subject) {
  std::uint64_t mixed =
      subject + (static_cast<std::uint64_t>(kind) + 1) * 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
  mixed ^= mixed >> 32;
  mixed *= 0xd6e8feb86659fd93;
  mixed ^= mixed >> 32;
  return mixed == 0 ? 1 : mixed;
}

void raise(std::atomic<std::uint64_t>& value, std::uint64_t to) {
  if (value.load(kRelaxed) < to) value.store(to, kRelease);
}

}  // namespace

std::uint64_t subject_hash(std::string_view text) {
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  return hash == 0 ? 1 : hash;
}

Purge Purge::of_prefix(std::uint64_t host, std::string_view prefix, bool soft) {
  prefix = prefix.substr(0, kPrefixBytesMax);
  return {Kind::kPrefix, soft, subject_hash(prefix), host, static_cast<std::uint32_t>(prefix.size()), 0};
}

// All in atomics: a reader may be looking at a copy while the writer already fills it anew, which it then sees by the
// generation, and looks again.
struct Book::Copy {
  struct Times {
    std::atomic<std::uint64_t> hard{0};
    std::atomic<std::uint64_t> soft{0};

    void note(bool is_soft, std::uint64_t sequence) { raise(is_soft ? soft : hard, sequence); }
    std::uint64_t newest() const { return std::max(hard.load(kRelaxed), soft.load(kRelaxed)); }
    void clear() {
      hard.store(0, kRelease);
      soft.store(0, kRelease);
    }
    void assign(const Times& other) {
      hard.store(other.hard.load(kRelaxed), kRelease);
      soft.store(other.soft.load(kRelaxed), kRelease);
    }
  };
  struct Cell {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> subject_and_kind[2]{};  // what the log needs to say it again
    Times times;
  };
  struct Prefix {
    std::atomic<std::uint64_t> hash{0};
    std::atomic<std::uint64_t> host{0};
    std::atomic<std::uint32_t> bytes{0};
    Times times;
  };

  Copy(std::size_t subjects_max, std::size_t prefixes_max)
      : mask(std::bit_ceil(subjects_max * 2) - 1), cells(new Cell[mask + 1]), prefixes(new Prefix[prefixes_max]) {}

  /// The cell of a key, or the empty one where it would be.
  Cell& cell_of(std::uint64_t key) const {
    for (std::size_t at = key & mask;; at = (at + 1) & mask) {
      const std::uint64_t found = cells[at].key.load(kAcquire);
      if (found == key || found == 0) return cells[at];
    }
  }
  void look_up(Kind kind, std::uint64_t subject, std::uint64_t& hard, std::uint64_t& soft) const {
    const std::uint64_t key = cell_key(kind, subject);
    // A writer that fills this copy anew could keep a reader from ever finding an end.
    for (std::size_t at = key & mask, looked = 0; looked <= mask; at = (at + 1) & mask, ++looked) {
      const Cell& cell = cells[at];
      const std::uint64_t found = cell.key.load(kAcquire);
      if (found == 0) return;
      if (found != key) continue;
      hard = std::max(hard, cell.times.hard.load(kAcquire));
      soft = std::max(soft, cell.times.soft.load(kAcquire));
      return;
    }
  }
  Prefix* prefix_of(const Purge& purge) const {
    const std::size_t count = prefix_count.load(kRelaxed);
    for (std::size_t i = 0; i < count; ++i) {
      Prefix& prefix = prefixes[i];
      if (prefix.hash.load(kRelaxed) == purge.subject && prefix.host.load(kRelaxed) == purge.host &&
          prefix.bytes.load(kRelaxed) == purge.prefix_bytes) {
        return &prefix;
      }
    }
    return nullptr;
  }
  void add_cell(const Cell& other) {
    Cell& cell = cell_of(other.key.load(kRelaxed));
    cell.times.assign(other.times);
    for (int i : {0, 1}) cell.subject_and_kind[i].store(other.subject_and_kind[i].load(kRelaxed), kRelease);
    cell.key.store(other.key.load(kRelaxed), kRelease);
    ++used;
  }
  void add_prefix(const Prefix& other) {
    const std::size_t count = prefix_count.load(kRelaxed);
    Prefix& prefix = prefixes[count];
    prefix.hash.store(other.hash.load(kRelaxed), kRelease);
    prefix.host.store(other.host.load(kRelaxed), kRelease);
    prefix.bytes.store(other.bytes.load(kRelaxed), kRelease);
    prefix.times.assign(other.times);
    prefix_count.store(count + 1, kRelease);
  }
  void clear() {
    for (std::size_t i = 0; i <= mask; ++i) {
      cells[i].key.store(0, kRelease);
      cells[i].times.clear();
    }
    used = 0;
    prefix_count.store(0, kRelease);
  }

  std::size_t mask;
  std::size_t used = 0;  // of cells; only the writer's
  std::unique_ptr<Cell[]> cells;
  std::atomic<std::size_t> prefix_count{0};
  std::unique_ptr<Prefix[]> prefixes;
};

Book::Book(Bounds bounds) : bounds_(bounds) {
  bounds_.subjects = std::max<std::size_t>(bounds_.subjects, 2);
  bounds_.prefixes = std::max<std::size_t>(bounds_.prefixes, 2);
  for (std::unique_ptr<Copy>& copy : copies_) copy = std::make_unique<Copy>(bounds_.subjects, bounds_.prefixes);
}

Book::~Book() = default;

const Book::Copy& Book::current() const {
  return *copies_[generation_.load(kAcquire) & 1];
}

std::uint64_t Book::purge(const Purge& purge) {
  const std::lock_guard lock(mutex_);
  Purge numbered = purge;
  numbered.sequence = sequence_.load(kRelaxed) + 1;
  note(numbered);
  // Last: who sees the number finds what it stands for.
  sequence_.store(numbered.sequence, kRelease);
  return numbered.sequence;
}

void Book::restore(const Purge& purge) {
  const std::lock_guard lock(mutex_);
  note(purge);
  raise(sequence_, purge.sequence);
}

void Book::note(const Purge& purge) {
  if (purge.kind == Kind::kEverything) {
    raise(purge.soft ? soft_floor_ : hard_floor_, purge.sequence);
    return;
  }
  if (purge.kind == Kind::kPrefix) {
    if (current().prefix_of(purge) == nullptr && current().prefix_count.load(kRelaxed) == bounds_.prefixes) {
      narrow(false, true);
    }
    Copy& copy = *copies_[generation_.load(kRelaxed) & 1];
    if (Copy::Prefix* known = copy.prefix_of(purge)) {
      known->times.note(purge.soft, purge.sequence);
      return;
    }
    Copy::Prefix prefix;
    prefix.hash.store(purge.subject, kRelaxed);
    prefix.host.store(purge.host, kRelaxed);
    prefix.bytes.store(purge.prefix_bytes, kRelaxed);
    prefix.times.note(purge.soft, purge.sequence);
    copy.add_prefix(prefix);
    return;
  }
  const std::uint64_t key = cell_key(purge.kind, purge.subject);
  if (current().cell_of(key).key.load(kRelaxed) == 0 && current().used == bounds_.subjects) narrow(true, false);
  Copy& copy = *copies_[generation_.load(kRelaxed) & 1];
  Copy::Cell& known = copy.cell_of(key);
  if (known.key.load(kRelaxed) == key) {
    known.times.note(purge.soft, purge.sequence);
    return;
  }
  Copy::Cell cell;
  cell.key.store(key, kRelaxed);
  cell.subject_and_kind[0].store(purge.subject, kRelaxed);
  cell.subject_and_kind[1].store(static_cast<std::uint64_t>(purge.kind), kRelaxed);
  cell.times.note(purge.soft, purge.sequence);
  copy.add_cell(cell);
}

/// Forgets the older half of the subjects or prefixes, and what the floors cover anyway.
void Book::narrow(bool subjects, bool prefixes) {
  const Copy& from = current();
  std::vector<const Copy::Cell*> cells;
  for (std::size_t i = 0; i <= from.mask; ++i) {
    if (from.cells[i].key.load(kRelaxed) != 0) cells.push_back(&from.cells[i]);
  }
  std::vector<const Copy::Prefix*> kept_prefixes;
  const std::size_t prefix_count = from.prefix_count.load(kRelaxed);
  for (std::size_t i = 0; i < prefix_count; ++i) kept_prefixes.push_back(&from.prefixes[i]);

  std::uint64_t hard = hard_floor_.load(kRelaxed);
  std::uint64_t soft = soft_floor_.load(kRelaxed);
  const auto is_covered = [&](const auto* one) {
    return one->times.hard.load(kRelaxed) <= hard && one->times.soft.load(kRelaxed) <= std::max(hard, soft);
  };
  std::erase_if(cells, is_covered);
  std::erase_if(kept_prefixes, is_covered);
  bool widened = false;
  const auto drop_half = [&](auto& list, std::size_t bound) {
    if (list.size() < bound) return;  // the floors made room
    std::sort(list.begin(), list.end(),
              [](const auto* a, const auto* b) { return a->times.newest() > b->times.newest(); });
    for (std::size_t i = bound / 2; i < list.size(); ++i) {
      hard = std::max(hard, list[i]->times.hard.load(kRelaxed));
      soft = std::max(soft, list[i]->times.soft.load(kRelaxed));
    }
    list.resize(bound / 2);
    widened = true;
  };
  if (subjects) drop_half(cells, bounds_.subjects);
  if (prefixes) drop_half(kept_prefixes, bounds_.prefixes);

  // The floors first: what the copy forgets is never missing.
  raise(hard_floor_, hard);
  raise(soft_floor_, soft);
  const std::uint64_t next = generation_.load(kRelaxed) + 1;
  Copy& to = *copies_[next & 1];
  to.clear();
  for (const Copy::Cell* cell : cells) to.add_cell(*cell);
  for (const Copy::Prefix* prefix : kept_prefixes) to.add_prefix(*prefix);
  generation_.store(next, kRelease);
  if (widened) widenings_.store(widenings_.load(kRelaxed) + 1, kRelaxed);
}

void Book::judge_prefixes(const Copy& copy, const Subjects& subjects, std::uint64_t since, std::uint64_t& hard,
                          std::uint64_t& soft) const {
  const std::size_t count = copy.prefix_count.load(kAcquire);
  std::size_t hashed_bytes = 0;
  std::uint64_t hashed = subject_hash({});
  for (std::size_t i = 0; i < count; ++i) {
    const Copy::Prefix& prefix = copy.prefixes[i];
    const std::uint64_t hard_here = prefix.times.hard.load(kAcquire);
    const std::uint64_t soft_here = prefix.times.soft.load(kAcquire);
    if (hard_here <= since && soft_here <= since) continue;
    const std::uint64_t host = prefix.host.load(kAcquire);
    if (host != 0 && host != subjects.host) continue;
    const std::size_t bytes = prefix.bytes.load(kAcquire);
    if (bytes > subjects.path.size()) continue;
    if (bytes != hashed_bytes) {
      hashed = subject_hash(subjects.path.substr(0, bytes));
      hashed_bytes = bytes;
    }
    if (hashed != prefix.hash.load(kAcquire)) continue;
    hard = std::max(hard, hard_here);
    soft = std::max(soft, soft_here);
  }
}

Book::Judgement Book::judge(const Subjects& subjects, std::uint64_t since) const {
  for (;;) {
    const std::uint64_t generation = generation_.load(kAcquire);
    const std::uint64_t sequence = sequence_.load(kAcquire);
    if (sequence == since) return {Verdict::kValid, sequence};
    const Copy& copy = *copies_[generation & 1];
    std::uint64_t hard = 0;
    std::uint64_t soft = 0;
    copy.look_up(Kind::kUrl, subjects.url, hard, soft);
    copy.look_up(Kind::kHost, subjects.host, hard, soft);
    for (std::uint64_t tag : subjects.tags) copy.look_up(Kind::kTag, tag, hard, soft);
    judge_prefixes(copy, subjects, since, hard, soft);
    hard = std::max(hard, hard_floor_.load(kAcquire));
    soft = std::max(soft, soft_floor_.load(kAcquire));
    if (generation_.load(kAcquire) != generation) continue;
    const Verdict verdict = hard > since ? Verdict::kGone : soft > since ? Verdict::kStale : Verdict::kValid;
    return {verdict, sequence};
  }
}

std::vector<Purge> Book::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Purge> out;
  const auto add = [&out](Purge purge, const Copy::Times& times) {
    for (bool soft : {false, true}) {
      purge.soft = soft;
      purge.sequence = (soft ? times.soft : times.hard).load(kRelaxed);
      if (purge.sequence != 0) out.push_back(purge);
    }
  };
  const Copy& copy = current();
  for (std::size_t i = 0; i <= copy.mask; ++i) {
    const Copy::Cell& cell = copy.cells[i];
    if (cell.key.load(kRelaxed) == 0) continue;
    const auto kind = static_cast<Kind>(cell.subject_and_kind[1].load(kRelaxed));
    add(Purge{kind, false, cell.subject_and_kind[0].load(kRelaxed), 0, 0, 0}, cell.times);
  }
  const std::size_t prefix_count = copy.prefix_count.load(kRelaxed);
  for (std::size_t i = 0; i < prefix_count; ++i) {
    const Copy::Prefix& prefix = copy.prefixes[i];
    add(Purge{Kind::kPrefix, false, prefix.hash.load(kRelaxed), prefix.host.load(kRelaxed), prefix.bytes.load(kRelaxed),
              0},
        prefix.times);
  }
  Copy::Times floors;
  floors.hard.store(hard_floor_.load(kRelaxed), kRelaxed);
  floors.soft.store(soft_floor_.load(kRelaxed), kRelaxed);
  add(Purge::of_everything(false), floors);
  std::sort(out.begin(), out.end(), [](const Purge& a, const Purge& b) { return a.sequence < b.sequence; });
  return out;
}

std::size_t Book::subjects() const {
  const std::lock_guard lock(mutex_);
  return current().used;
}

std::size_t Book::prefixes() const {
  const std::lock_guard lock(mutex_);
  return current().prefix_count.load(kRelaxed);
}

}  // namespace headgate::proxy::cache::purge
