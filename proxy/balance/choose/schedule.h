#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/balance/choose/candidate.h"

namespace headgate::proxy::balance::choose {

/// The most entries a schedule has, unless there are more candidates than that: 256 KiB for each worker and pool.
inline constexpr std::size_t kScheduleEntriesMax = 64 * 1024;

/// The order in which weighted round robin goes through its candidates, over and over: each occurs as often as its
/// weight says, as evenly spread as can be (weights 5, 1, 1 give a b a a a c a), in the order of the list where weights
/// are equal. Worked out once when the candidates change, so that a pick is one read.
///
/// Weights are divided by their greatest common divisor. If they still exceed kScheduleEntriesMax together, they are
/// scaled to it and rounded, to at least 1: a share is then off by less than an entry, which for 1,000 candidates is
/// 1.5% of an average share. Takes time in the order of the entries.
std::vector<std::uint32_t> schedule_of(std::span<const Candidate> candidates);

}  // namespace headgate::proxy::balance::choose
