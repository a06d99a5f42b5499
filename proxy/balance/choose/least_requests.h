#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/balance/choose/candidate.h"

namespace headgate::proxy::balance::choose {

/// The candidate that has the fewest requests under way for its weight, over all workers; who ties takes turns, the one
/// whose count this worker changed longest ago first. As HAProxy's leastconn, it goes by (requests + 1) / weight, so
/// that of idle candidates the heaviest comes first.
///
/// The counts of other workers change without telling, and looking through them all would cost more the more candidates
/// there are. So what is known is put right as it is used: who comes first is looked at before it is taken, and some
/// others in turn with each choice (next_to_look_at()). What rose elsewhere is seen at once, what fell within one
/// round.
///
/// Candidates hang in buckets by their load, so every operation costs the same whatever their number. A bucket is 1/64
/// of its load wide: with equal weights all counts up to 126 are told apart, larger ones to 1.6%.
class LeastRequests {
 public:
  LeastRequests();

  /// `under_way[m]` are the requests of member m, candidate or not.
  void rebuild(std::span<const Candidate> candidates, std::span<const std::uint32_t> under_way);

  /// The least loaded candidate, or kNoMember.
  std::uint32_t first() const { return first_from(0); }
  /// The candidate after `member` in the order of load, or kNoMember. No count may have changed since.
  std::uint32_t after(std::uint32_t member) const;
  /// A request of this worker began or ended on `member`, candidate or not, which has so many now.
  void set_under_way(std::uint32_t member, std::uint32_t requests);
  /// `member` turned out to have so many requests: whether that moved it. Costs nobody's turn.
  bool put_right(std::uint32_t member, std::uint32_t requests);
  /// The members that are to be looked at with the next choice: each in its turn.
  std::uint32_t next_to_look_at() {
    if (++look_at_ >= entries_.size()) look_at_ = 0;
    return look_at_;
  }
  static constexpr int kLooks = 3;

 private:
  static constexpr std::uint64_t kUnit = 1 << 14;  // load of one request on the heaviest: a ratio of 25,600 stays exact
  static constexpr int kLevels = 34;               // each of 64 buckets; the last but one begins at 2^38
  static constexpr std::uint32_t kBuckets = kLevels * 64;
  static constexpr std::uint32_t kNoBucket = kBuckets;

  struct Entry {
    std::uint64_t unit = 0;  // load of one request
    std::uint32_t next = kNoMember;
    std::uint32_t previous = kNoMember;
    std::uint32_t bucket = kNoBucket;  // kNoBucket: no candidate
  };
  struct Bucket {
    std::uint32_t first = kNoMember;
    std::uint32_t last = kNoMember;
  };

  static std::uint32_t bucket_of(std::uint64_t load);
  std::uint32_t first_from(std::uint32_t bucket) const;
  void append(std::uint32_t member, std::uint32_t bucket);
  void remove(std::uint32_t member);

  std::vector<Entry> entries_;  // by member
  std::vector<Bucket> buckets_;
  std::array<std::uint64_t, kLevels> occupied_{};  // a bit for each bucket
  std::uint64_t levels_occupied_ = 0;              // a bit for each word of occupied_
  std::uint32_t look_at_ = 0;
};

}  // namespace headgate::proxy::balance::choose
