#include "proxy/balance/choose/least_requests.h"

#include <algorithm>
#include <bit>

namespace headgate::proxy::balance::choose {

LeastRequests::LeastRequests() : buckets_(kBuckets) {}

void LeastRequests::rebuild(std::span<const Candidate> candidates, std::span<const std::uint32_t> under_way) {
  entries_.assign(under_way.size(), Entry{});
  std::fill(buckets_.begin(), buckets_.end(), Bucket{});
  occupied_.fill(0);
  levels_occupied_ = 0;
  std::uint64_t heaviest = 0;
  for (const Candidate& candidate : candidates) heaviest = std::max<std::uint64_t>(heaviest, candidate.weight);
  for (const Candidate& candidate : candidates) {
    const std::uint64_t unit = kUnit * heaviest / candidate.weight;
    entries_[candidate.member].unit = unit;
    append(candidate.member, bucket_of((std::uint64_t{under_way[candidate.member]} + 1) * unit));
  }
}

std::uint32_t LeastRequests::after(std::uint32_t member) const {
  const Entry& entry = entries_[member];
  return entry.next != kNoMember ? entry.next : first_from(entry.bucket + 1);
}

void LeastRequests::set_under_way(std::uint32_t member, std::uint32_t requests) {
  Entry& entry = entries_[member];
  if (entry.bucket == kNoBucket) return;
  remove(member);
  append(member, bucket_of((std::uint64_t{requests} + 1) * entry.unit));
}

bool LeastRequests::put_right(std::uint32_t member, std::uint32_t requests) {
  const Entry& entry = entries_[member];
  if (entry.bucket == kNoBucket) return false;
  const std::uint32_t bucket = bucket_of((std::uint64_t{requests} + 1) * entry.unit);
  if (bucket == entry.bucket) return false;
  remove(member);
  append(member, bucket);
  return true;
}

/// As HdrHistogram: the seven highest bits of the load, and how many follow them.
std::uint32_t LeastRequests::bucket_of(std::uint64_t load) {
  if (load < 64) return static_cast<std::uint32_t>(load);
  const std::uint32_t shift = static_cast<std::uint32_t>(std::bit_width(load)) - 7;
  if (shift >= kLevels - 1) return kBuckets - 1;
  return shift * 64 + static_cast<std::uint32_t>(load >> shift);
}

std::uint32_t LeastRequests::first_from(std::uint32_t bucket) const {
  if (bucket >= kBuckets) return kNoMember;
  const std::uint32_t level = bucket / 64;
  const std::uint64_t here = occupied_[level] >> (bucket % 64);
  if (here != 0) return buckets_[bucket + static_cast<std::uint32_t>(std::countr_zero(here))].first;
  const std::uint64_t later = levels_occupied_ & (~std::uint64_t{0} << level << 1);
  if (later == 0) return kNoMember;
  const std::uint32_t next_level = static_cast<std::uint32_t>(std::countr_zero(later));
  const std::uint32_t offset = static_cast<std::uint32_t>(std::countr_zero(occupied_[next_level]));
  return buckets_[next_level * 64 + offset].first;
}

void LeastRequests::append(std::uint32_t member, std::uint32_t index) {
  Entry& entry = entries_[member];
  Bucket& bucket = buckets_[index];
  entry.bucket = index;
  entry.previous = bucket.last;
  entry.next = kNoMember;
  if (bucket.last != kNoMember) {
    entries_[bucket.last].next = member;
  } else {
    bucket.first = member;
    occupied_[index / 64] |= std::uint64_t{1} << (index % 64);
    levels_occupied_ |= std::uint64_t{1} << (index / 64);
  }
  bucket.last = member;
}

void LeastRequests::remove(std::uint32_t member) {
  Entry& entry = entries_[member];
  Bucket& bucket = buckets_[entry.bucket];
  (entry.previous != kNoMember ? entries_[entry.previous].next : bucket.first) = entry.next;
  (entry.next != kNoMember ? entries_[entry.next].previous : bucket.last) = entry.previous;
  if (bucket.first != kNoMember) return;
  const std::uint32_t level = entry.bucket / 64;
  occupied_[level] &= ~(std::uint64_t{1} << (entry.bucket % 64));
  if (occupied_[level] == 0) levels_occupied_ &= ~(std::uint64_t{1} << level);
}

}  // namespace headgate::proxy::balance::choose
