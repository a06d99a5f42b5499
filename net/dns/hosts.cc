#include "net/dns/hosts.h"

#include <fcntl.h>
#include <unistd.h>

#include <optional>

#include "base/ascii.h"

namespace headgate::net::dns {
namespace {

/// Takes the next word off the front; empty at the end.
std::string_view next_word(std::string_view& line) {
  constexpr std::string_view kBlank = " \t\r\f\v";
  const std::size_t begin = line.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

std::string read(const std::string& path) {
  std::string out;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return out;
  char piece[16 * 1024];
  while (out.size() < kHostsBytesMax) {
    const ssize_t got = ::read(fd, piece, sizeof piece);
    if (got <= 0) break;
    out.append(piece, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return out;
}

}  // namespace

std::vector<base::IpAddress> addresses_in_hosts(std::string_view text, std::string_view name) {
  std::vector<base::IpAddress> out;
  if (name.ends_with('.')) name.remove_suffix(1);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    line = line.substr(0, line.find('#'));
    const std::optional<base::IpAddress> address = base::IpAddress::parse(next_word(line));
    if (!address) continue;
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      if (!base::equals_ignoring_case(word, name)) continue;
      out.push_back(*address);
      break;
    }
  }
  return out;
}

std::vector<base::IpAddress> addresses_in_hosts_file(const std::string& path, std::string_view name) {
  std::vector<base::IpAddress> out = addresses_in_hosts(read(path), name);
  if (out.empty() && base::equals_ignoring_case(name, "localhost")) {
    out = {*base::IpAddress::parse("127.0.0.1"), *base::IpAddress::parse("::1")};
  }
  return out;
}

}  // namespace headgate::net::dns
