// However long a text is and wherever its first unusual byte stands, what is counted before it is right.
#include "wire/http/usual.h"

#include <gtest/gtest.h>

#include <string>

#include "base/ascii.h"

namespace headgate::wire::http {
namespace {

constexpr std::size_t kLongest = 40;  // two whole vectors and a half

bool is_in(char c, std::string_view marks) {
  return base::is_alpha(c) || base::is_digit(c) || marks.find(c) != marks.npos;
}

void try_every_byte_everywhere(std::size_t (*count)(std::string_view), std::string_view marks) {
  for (std::size_t size = 0; size <= kLongest; ++size) {
    const std::string usual(size, 'Z');
    EXPECT_TRUE(count(usual) == size || size < 4) << size;
    for (std::size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = usual;
        text[place] = static_cast<char>(byte);
        const std::size_t counted = count(text);
        const std::size_t right = is_in(text[place], marks) ? size : place;
        // Of the shortest texts nothing is told.
        ASSERT_TRUE(counted == right || (size < 4 && counted == 0)) << size << ' ' << place << ' ' << byte;
      }
    }
  }
}

#if defined(__SSE2__)
TEST(Usual, OfHosts) {
  try_every_byte_everywhere(usual_host_bytes, "-.");
}

TEST(Usual, OfPaths) {
  try_every_byte_everywhere(usual_path_bytes, "-_/");
}
#endif

TEST(Usual, TwoUnusualBytesStopAtTheFirst) {
  for (std::size_t size = 2; size <= kLongest; ++size) {
    for (std::size_t first = 0; first + 1 < size; ++first) {
      std::string text(size, 'a');
      text[first] = text[size - 1] = '%';
      EXPECT_LE(usual_path_bytes(text), first);
    }
  }
}

}  // namespace
}  // namespace headgate::wire::http
