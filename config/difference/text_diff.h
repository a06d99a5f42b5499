#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::config::difference {

/// Beyond these bounds texts are not compared line by line: the time is in the order of lines times differences.
inline constexpr std::size_t kDiffBytesMax = 4u << 20;
inline constexpr std::size_t kDiffLinesMax = 50'000;       ///< of each text, between what both begin and end with
inline constexpr std::size_t kDiffDifferencesMax = 1'000;  ///< lines that are in one of them only

/// The difference of two texts in the unified format of diff(1), with three lines around each change, as short as can
/// be (Myers 1986); empty if they are equal. Nothing beyond the bounds.
std::optional<std::string> unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                                        std::string_view after_name);

}  // namespace headgate::config::difference
