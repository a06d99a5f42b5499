#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::base {

/// " (did you mean 'app'?)" for the known name nearest to what was written, or nothing if none is near
/// (Damerau-Levenshtein distance at most a third of the longer text, at least 1).
std::string suggestion_for(std::string_view written, std::span<const std::string_view> known);
std::string suggestion_for(std::string_view written, const std::vector<std::string>& known);

}  // namespace headgate::base
