#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

// The orders of discarding that are compared: each holds entries of a sum of bytes, and says of each request whether it
// was there.
namespace headgate::bench::cache_policies {

struct Request {
  std::uint32_t key = 0;
  std::uint32_t bytes = 1;
};

class Policy {
 public:
  virtual ~Policy() = default;
  /// Whether it is there; puts it there if not, where the policy wants it.
  virtual bool ask(const Request& request) = 0;
};

/// `keys` bounds the keys of requests, `bytes` is the size of the cache, `entries` how many that is about.
std::unique_ptr<Policy> lru(std::uint32_t keys, std::uint64_t bytes);
/// Einziger, Friedman, Manes 2017: a window of 1%, then a segmented LRU (80% protected) into which the window's oldest
/// comes if a sketch of the last uses (4 bits, four rows, halved every ten entries' worth of requests) says that it was
/// used more than who would go for it.
std::unique_ptr<Policy> w_tinylfu(std::uint32_t keys, std::uint64_t bytes, std::uint64_t entries);
/// The store's own code.
std::unique_ptr<Policy> s3_fifo(std::uint32_t keys, std::uint64_t bytes, std::uint64_t entries);

/// A doubly linked list over keys, several of them in one array.
class Lists {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  Lists(std::uint32_t keys, std::uint32_t lists) : links_(keys), ends_(lists) {}
  void push(std::uint32_t list, std::uint32_t key, std::uint64_t bytes);
  void remove(std::uint32_t key);
  std::uint32_t list_of(std::uint32_t key) const { return links_[key].list; }
  std::uint32_t oldest(std::uint32_t list) const { return ends_[list].oldest; }
  std::uint64_t bytes(std::uint32_t list) const { return ends_[list].bytes; }
  std::uint64_t bytes_of(std::uint32_t key) const { return links_[key].bytes; }

 private:
  struct Link {
    std::uint32_t newer = kNone, older = kNone, list = kNone;
    std::uint64_t bytes = 0;
  };
  struct Ends {
    std::uint32_t newest = kNone, oldest = kNone;
    std::uint64_t bytes = 0;
  };
  std::vector<Link> links_;
  std::vector<Ends> ends_;
};

}  // namespace headgate::bench::cache_policies
