#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace headgate::proxy::cache::purge {

/// What a purge names.
enum class Kind : std::uint8_t { kUrl, kHost, kTag, kPrefix, kEverything };

/// The hash by which the book knows a URL key, a host, a tag or a path.
std::uint64_t subject_hash(std::string_view text);

/// One purge, or one that was and is read back.
struct Purge {
  static constexpr std::size_t kPrefixBytesMax = 4096;

  Kind kind = Kind::kEverything;
  bool soft = false;               ///< stale at once, not gone
  std::uint64_t subject = 0;       ///< subject_hash() of what it names; 0 for everything
  std::uint64_t host = 0;          ///< of a prefix: subject_hash() of the one host it is for, 0 for all
  std::uint32_t prefix_bytes = 0;  ///< of a prefix: its length
  std::uint64_t sequence = 0;      ///< when, among all purges; the book gives it
  friend bool operator==(const Purge&, const Purge&) = default;

  static Purge of_url(std::uint64_t url, bool soft) { return {Kind::kUrl, soft, url, 0, 0, 0}; }
  static Purge of_host(std::uint64_t host, bool soft) { return {Kind::kHost, soft, host, 0, 0, 0}; }
  static Purge of_tag(std::uint64_t tag, bool soft) { return {Kind::kTag, soft, tag, 0, 0, 0}; }
  static Purge of_everything(bool soft) { return {Kind::kEverything, soft, 0, 0, 0, 0}; }
  /// All paths that begin with `prefix`, at most kPrefixBytesMax of it counting, on a host or (0) on all.
  static Purge of_prefix(std::uint64_t host, std::string_view prefix, bool soft);
};

/// By what a purge can name one stored response.
struct Subjects {
  std::uint64_t url = 0;
  std::uint64_t host = 0;
  std::span<const std::uint64_t> tags;
  std::string_view path;
};

enum class Verdict : std::uint8_t {
  kValid,
  kStale,  ///< by a soft purge
  kGone,   ///< by a hard one
};

/// What was purged since when. Purges are numbered; a stored response notes the number at which its fetch began, and
/// whatever names it with a higher one has purged it: at once for all workers and tiers, without a scan, and also when
/// it came while the fetch was under way.
///
///     const std::uint64_t since = book.sequence();          // before the fetch
///     ...
///     if (book.sequence() != judged) verdict = book.judge(subjects, since).verdict;   // on a hit
///
/// Bounded: when one subject (or prefix) more than its bound is purged, the older half is forgotten, and everything
/// that was fetched before the youngest of these counts as purged by it. It errs by purging more, never less. Reading
/// takes no lock and may be done by any thread; writers take turns. Hashes have 64 bits: who shares one is purged as
/// well.
class Book {
 public:
  struct Bounds {
    std::size_t subjects = 65536;  ///< 48 bytes each, both copies
    std::size_t prefixes = 1024;   ///< each is compared with each response that was not judged since it was purged
  };
  struct Judgement {
    Verdict verdict = Verdict::kValid;
    std::uint64_t sequence = 0;  ///< up to which it holds
  };

  explicit Book(Bounds bounds);
  Book() : Book(Bounds{}) {}
  ~Book();
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  /// The number of the newest purge; 0 before the first.
  std::uint64_t sequence() const { return sequence_.load(std::memory_order_acquire); }
  /// Takes effect before it returns; its number.
  std::uint64_t purge(const Purge& purge);
  /// What is so for a response whose fetch began at `since`.
  Judgement judge(const Subjects& subjects, std::uint64_t since) const;

  /// Takes up one that was purged by an earlier process, with its number.
  void restore(const Purge& purge);
  /// What a log needs to say all that the book knows, in order.
  std::vector<Purge> all() const;

  std::size_t subjects() const;
  std::size_t prefixes() const;
  std::uint64_t widenings() const { return widenings_.load(std::memory_order_relaxed); }

 private:
  struct Copy;

  void note(const Purge& purge);
  void raise_floor(std::uint64_t hard, std::uint64_t soft);
  void narrow(bool subjects, bool prefixes);
  const Copy& current() const;
  void judge_prefixes(const Copy& copy, const Subjects& subjects, std::uint64_t since, std::uint64_t& hard,
                      std::uint64_t& soft) const;

  Bounds bounds_;
  mutable std::mutex mutex_;
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<std::uint64_t> generation_{0};  // its lowest bit says which copy is read
  std::atomic<std::uint64_t> hard_floor_{0};  // what was fetched before is gone, whatever it is
  std::atomic<std::uint64_t> soft_floor_{0};
  std::atomic<std::uint64_t> widenings_{0};
  std::array<std::unique_ptr<Copy>, 2> copies_;
};

}  // namespace headgate::proxy::cache::purge
