#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "proxy/sticky/table/entry.h"

namespace headgate::proxy::sticky::table {

/// Which backend a client belongs to, for all workers: at most `size` clients, each for `ttl` seconds after it was last
/// seen. Where there is no room the least recently seen of a part gives way; there are up to 64 parts, each with a lock
/// of its own, over which clients spread by their hash. Nothing here waits for a disk.
///
/// Costs 48 B an entry and 4 to 8 B beside, taken as they come.
class Table {
 public:
  Table(std::size_t size, std::uint32_t ttl);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// From now on changes are told to it; null: to nobody. It must outlive the table, or be taken away before it ends.
  void set_journal(Journal* journal);

  /// The client's backend, by its identity, and that it was seen; 0: it has none. What the journal heard of when it was
  /// seen lags by at most an eighth of `ttl`.
  std::uint64_t find(const Key& key, std::uint32_t now);
  /// The same without a trace.
  std::uint64_t look(const Key& key, std::uint32_t now) const;
  /// The client belongs to that backend. The number of the change in the journal; 0: nothing is new, or nobody hears.
  std::uint64_t put(const Key& key, std::uint64_t backend, std::uint32_t now);
  /// From a journal, before there is one: only where the client is not known yet. Entries come in the order in which
  /// they were seen.
  void restore(const Entry& entry, std::uint32_t now);

  /// All entries, part by part, each part as it is at one moment.
  void each_part(const std::function<void(std::span<const Entry>)>& take) const;
  std::size_t entries() const;
  /// Entries by the identity of their backend; those that ran out and were not looked for since included.
  std::map<std::uint64_t, std::size_t> entries_by_backend() const;

  std::size_t size() const { return size_; }
  std::uint32_t ttl() const { return ttl_; }

 private:
  struct Node;
  struct Part;
  Part& part_of(const Key& key) const;
  bool is_over(const Node& node, std::uint32_t now) const;

  std::size_t size_;
  std::uint32_t ttl_;
  std::size_t parts_count_;
  std::unique_ptr<Part[]> parts_;
};

}  // namespace headgate::proxy::sticky::table
