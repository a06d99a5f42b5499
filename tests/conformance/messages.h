#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// The table of tests/conformance/messages for C++: see messages/README.md there.
namespace headgate::conformance {

enum class Side : std::uint8_t { kRequest, kResponse };
enum class Verdict : std::uint8_t { kAccepted, kRefused, kBodyRefused, kIncomplete };

struct MessageCase {
  std::string name;
  std::string why;
  Side side = Side::kRequest;
  std::string raw;
  Verdict verdict = Verdict::kAccepted;
  int status = 0;                                 ///< of kRefused
  std::map<std::string, std::string> attributes;  ///< of kAccepted
  std::string request_method = "GET";             ///< what a response answers
};

/// The bytes that a text with the table's escapes stands for.
std::string unescaped(std::string_view text);

/// All cases of the files in `folder`, or the first line that is malformed.
base::Result<std::vector<MessageCase>> load_messages(const std::filesystem::path& folder);

}  // namespace headgate::conformance
