#include "proxy/route/matcher.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "base/ascii.h"

namespace headgate::proxy::route {

namespace {

constexpr std::uint64_t kEveryByte = 0x0101'0101'0101'0101;

/// Eight characters at once, upper case made lower; bytes from 0x80 up stay as they are.
constexpr std::uint64_t lowered_word(std::uint64_t word) {
  const std::uint64_t seven_bits = word & (kEveryByte * 0x7f);
  const std::uint64_t from_a = seven_bits + kEveryByte * (0x80 - 'A');
  const std::uint64_t past_z = seven_bits + kEveryByte * (0x80 - 'Z' - 1);
  const std::uint64_t is_upper = (from_a ^ past_z) & ~word & (kEveryByte * 0x80);
  return word | is_upper >> 2;
}

/// `size` characters from `from`, upper case made lower.
void copy_lowered(const char* from, std::size_t size, char* to) {
  std::uint64_t word = 0;
  if (size < sizeof word) {
    for (; size > 0; --size) *to++ = base::to_lower(*from++);
    return;
  }
  for (std::size_t at = 0;; at += sizeof word) {
    // The last word overlaps the one before it: cheaper than a loop over what is left.
    at = std::min(at, size - sizeof word);
    std::memcpy(&word, from + at, sizeof word);
    word = lowered_word(word);
    std::memcpy(to + at, &word, sizeof word);
    if (at + sizeof word == size) return;
  }
}

/// For each of the eight characters of `word` that is '/', the top bit of its byte; the first is the lowest.
std::uint64_t slashes_of(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  const std::uint64_t zero_where_slash = word ^ (kEveryByte * '/');
  const std::uint64_t seven_bits = kEveryByte * 0x7f;
  return ~(((zero_where_slash & seven_bits) + seven_bits) | zero_where_slash | seven_bits);
}

/// The length of `path` up to and with its `count`-th slash; all of it if it has fewer.
std::size_t length_through_slash(std::string_view path, std::size_t count) {
  std::size_t end = 0;
  for (; count > 0 && end < path.size(); ++end) count -= path[end] == '/' ? 1 : 0;
  return end;
}

std::size_t count_of(std::string_view text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

}  // namespace

/// Where the first slashes of a path are, and the hashes of what ends there: each is computed once, when first asked
/// for.
class Matcher::PathHashes {
 public:
  explicit PathHashes(std::string_view path) : path_(path) {}

  std::string_view whole() const { return path_; }
  std::uint64_t whole_hash() {
    if (!whole_is_hashed_) {
      whole_hash_ = hash_of(path_);
      whole_is_hashed_ = true;
    }
    return whole_hash_;
  }

  /// Bit n is set if the path has n + 1 slashes or more; right for the bits of `wanted` alone.
  std::uint64_t depths(std::uint64_t wanted) {
    const auto deepest = static_cast<std::size_t>(std::bit_width(wanted));
    while (slashes_ < deepest && scanned_ < path_.size()) scan_word();
    return slashes_ == kDepthMax ? ~std::uint64_t{0} : (std::uint64_t{1} << slashes_) - 1;
  }

  std::string_view prefix(std::size_t depth) const { return path_.substr(0, ends_[depth]); }
  std::uint64_t prefix_hash(std::size_t depth) {
    const std::uint64_t depth_bit = std::uint64_t{1} << depth;
    if ((hashed_ & depth_bit) == 0) {
      hashes_[depth] = hash_of(prefix(depth));
      hashed_ |= depth_bit;
    }
    return hashes_[depth];
  }

 private:
  void scan_word() {
    const std::size_t left = path_.size() - scanned_;
    std::uint64_t word = 0;
    if (left >= sizeof word) {
      std::memcpy(&word, path_.data() + scanned_, sizeof word);
    } else {
      std::memcpy(&word, path_.data() + scanned_, left);
    }
    for (std::uint64_t marks = slashes_of(word); marks != 0 && slashes_ < kDepthMax; marks &= marks - 1) {
      ends_[slashes_++] =
          static_cast<std::uint32_t>(scanned_ + static_cast<std::size_t>(std::countr_zero(marks)) / 8 + 1);
    }
    scanned_ += sizeof word;
  }

  std::string_view path_;
  std::size_t scanned_ = 0;
  std::size_t slashes_ = 0;
  std::uint64_t hashed_ = 0;
  std::uint64_t whole_hash_ = 0;
  bool whole_is_hashed_ = false;
  // Not initialised: zeroing them would cost more than a whole match does.
  std::uint32_t ends_[kDepthMax];
  std::uint64_t hashes_[kDepthMax];
};

struct Matcher::Builder {
  struct Key {
    std::string host;  // empty: any
    std::string path;  // empty: any
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, std::vector<std::uint32_t>> filed;
  std::map<std::string, std::uint32_t> host_numbers = {{"", 0}};
  std::vector<FlatTable::Entry> host_entries;
  std::vector<FlatTable::Entry> path_entries;

  void file(const Conditions& route, std::uint32_t number) {
    const std::string path(path_key(route));
    if (route.hosts().empty()) filed[Key{"", path}].push_back(number);
    for (const std::string& host : route.hosts()) {
      std::vector<std::uint32_t>& list = filed[Key{host, path}];
      if (list.empty() || list.back() != number) list.push_back(number);  // a host written twice
    }
  }

  static std::string_view path_key(const Conditions& route) {
    std::string_view key = route.path();
    if (key.empty()) key = directory_of_regex(route.path_regex());
    return key.ends_with('/') ? key.substr(0, length_through_slash(key, kDepthMax)) : key;
  }
};

base::Result<Matcher> Matcher::compile(const std::vector<config::Route>& routes,
                                       const std::vector<config::Listener>& listeners) {
  Matcher out;
  Builder builder;
  for (const config::Route& route : routes) {
    base::Result<Conditions> conditions = Conditions::compile(route.match, listeners);
    if (!conditions) return conditions.error();
    builder.file(*conditions, static_cast<std::uint32_t>(out.routes_.size()));
    out.routes_.push_back(std::move(*conditions));
  }
  out.hosts_.emplace_back();
  for (auto& [key, numbers] : builder.filed) {
    const std::uint32_t host = out.host_number(key.host, builder);
    out.add_path(host, key.path, std::move(numbers), builder);
  }
  out.host_table_ = FlatTable(builder.host_entries);
  out.path_table_ = FlatTable(builder.path_entries);
  return out;
}

std::uint32_t Matcher::host_number(const std::string& pattern, Builder& builder) {
  const auto [at, is_new] = builder.host_numbers.try_emplace(pattern, static_cast<std::uint32_t>(hosts_.size()));
  if (!is_new) return at->second;
  builder.host_entries.emplace_back(hash_of(pattern), at->second);
  hosts_.emplace_back().pattern = pattern;
  if (pattern.starts_with('.')) {
    wildcard_depths_ |= std::uint64_t{1} << (std::min(count_of(pattern, '.'), std::size_t{64}) - 1);
  } else {
    has_exact_hosts_ = true;
  }
  return at->second;
}

void Matcher::add_path(std::uint32_t number, const std::string& path, std::vector<std::uint32_t> routes,
                       Builder& builder) {
  Host& host = hosts_[number];
  const bool is_prefix = path.ends_with('/');
  const std::size_t slashes = count_of(path, '/');
  std::uint32_t implied = bit(Condition::kHost);
  // A prefix cut at kDepthMax says less than its route asks for.
  if (!is_prefix || slashes < kDepthMax) implied |= bit(Condition::kPath);
  Candidates candidates(routes_, std::move(routes), implied);
  if (path.empty()) {
    host.any_path = std::move(candidates);
    return;
  }
  if (is_prefix) {
    host.prefix_depths |= std::uint64_t{1} << (slashes - 1);
  } else {
    host.has_exact_paths = true;
  }
  const auto entry = static_cast<std::uint32_t>(paths_.size());
  builder.path_entries.emplace_back(hash_within(number, hash_of(path)), entry);
  paths_.push_back(Path{number, path, std::move(candidates)});
}

inline std::uint32_t Matcher::find_under(std::uint32_t number, const MatchInput& input, PathHashes& path,
                                         std::uint32_t best) const {
  const Host& host = hosts_[number];
  best = host.any_path.first_match(routes_, input, best);
  return host.has_paths() ? find_by_path(number, input, path, best) : best;
}

inline std::uint32_t Matcher::find_at(std::uint32_t host, std::string_view text, std::uint64_t hash,
                                      const MatchInput& input, std::uint32_t best) const {
  const std::uint32_t found = path_table_.find(hash_within(host, hash), [&](std::uint32_t number) {
    return paths_[number].host == host && paths_[number].text == text;
  });
  return found == FlatTable::kNone ? best : paths_[found].candidates.first_match(routes_, input, best);
}

std::uint32_t Matcher::find_by_path(std::uint32_t number, const MatchInput& input, PathHashes& path,
                                    std::uint32_t best) const {
  const Host& host = hosts_[number];
  if (host.has_exact_paths && !path.whole().ends_with('/')) {
    best = find_at(number, path.whole(), path.whole_hash(), input, best);
  }
  if (host.prefix_depths != 0) {
    for (std::uint64_t left = host.prefix_depths & path.depths(host.prefix_depths); left != 0; left &= left - 1) {
      const auto depth = static_cast<std::size_t>(std::countr_zero(left));
      best = find_at(number, path.prefix(depth), path.prefix_hash(depth), input, best);
    }
  }
  return best;
}

std::uint32_t Matcher::find_by_host(const MatchInput& input, PathHashes& path) const {
  std::uint32_t best = kNoRoute;
  const std::string_view written = without_root_dot(input.head.host);
  if (written.empty() || written.size() > kHostBytesMax) return best;
  char lowered[kHostBytesMax];
  copy_lowered(written.data(), written.size(), lowered);
  const std::string_view host(lowered, written.size());
  const auto is_pattern = [&](std::string_view text) {
    return [this, text](std::uint32_t number) { return hosts_[number].pattern == text; };
  };
  // No name starts with a dot: ".example.com" as a host must not be taken for the wildcard of that pattern.
  if (has_exact_hosts_ && host.front() != '.') {
    const std::uint32_t number = host_table_.find(hash_of(host), is_pattern(host));
    if (number != FlatTable::kNone) best = find_under(number, input, path, best);
  }
  if (wildcard_depths_ == 0) return best;
  std::size_t dots = 0;
  for (std::size_t i = host.size() - 1; i > 0; --i) {
    if (host[i] != '.') continue;
    const std::size_t depth = std::min(dots++, std::size_t{63});
    if ((wildcard_depths_ >> depth & 1) == 0) continue;
    const std::string_view suffix = host.substr(i);
    const std::uint32_t number = host_table_.find(hash_of(suffix), is_pattern(suffix));
    if (number != FlatTable::kNone) best = find_under(number, input, path, best);
  }
  return best;
}

std::uint32_t Matcher::find(const MatchInput& input) const {
  PathHashes path(input.head.path);
  std::uint32_t best = kNoRoute;
  if (has_exact_hosts_ || wildcard_depths_ != 0) best = find_by_host(input, path);
  return find_under(0, input, path, best);
}

Explanation Matcher::explain(const MatchInput& input) const {
  Explanation out;
  for (std::uint32_t number = 0; number < routes_.size(); ++number) {
    const Conditions& route = routes_[number];
    const std::optional<Condition> failed = route.first_failed(input, ~0u);
    if (!failed) {
      out.route = number;
      return out;
    }
    out.earlier.push_back(Reason{number, *failed, route.failed(input), route.why_failed(*failed, input)});
  }
  return out;
}

}  // namespace headgate::proxy::route
