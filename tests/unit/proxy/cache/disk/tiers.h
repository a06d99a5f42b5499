#pragma once
#include <stdlib.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proxy/cache/disk/tier.h"
#include "tests/unit/proxy/cache/memory/stored.h"

// What the tests of the disk tier share: a folder, a tier on it with its memory and its book, and objects whose bodies
// tell whose they are.
namespace headgate::proxy::cache::disk {

inline constexpr std::uint64_t kSeed = 42;  // stored.h's
inline constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// The keys of numbered objects.
inline std::string key_of(std::uint64_t number) {
  return "https://example.com/" + std::to_string(number);
}

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "disk.XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::vector<std::string> segments() const {
    std::vector<std::string> out;
    for (const auto& each : std::filesystem::directory_iterator(path_)) {
      if (each.path().filename().string().starts_with("segment-")) out.push_back(each.path().string());
    }
    return out;
  }
  std::uint64_t segment_bytes() const {
    std::uint64_t sum = 0;
    for (const std::string& each : segments()) sum += std::filesystem::file_size(each);
    return sum;
  }

 private:
  std::string path_;
};

/// Looks again and again, for ten seconds; what it last saw.
inline bool becomes_true(const std::function<bool()>& is_so) {
  const base::Time late = base::now() + std::chrono::seconds(10);
  while (!is_so()) {
    if (base::now() > late) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// A tier with the memory and the book of its own, as a process has them.
class Rig {
 public:
  explicit Rig(const std::string& path, std::uint64_t size = 8 * kMiB, std::uint64_t memory = 8 * kMiB,
               std::uint64_t max_object = kMiB, std::uint64_t memory_max_object = kMiB)
      : memory_(memory::store_of(memory, memory_max_object)),
        tier_(std::make_unique<Tier>(
            Tier::Settings{"edge", path, size, max_object},
            Tier::Surroundings{*memory_, book_, kSeed, [this](base::LogLevel level, const std::string& line) {
                                 const std::lock_guard lock(mutex_);
                                 lines_.push_back(line);
                                 errors_ += level == base::LogLevel::kError;
                               }})) {}

  memory::MemoryStore& memory() { return *memory_; }
  purge::Book& book() { return book_; }
  Tier& tier() { return *tier_; }
  bool comes_on() {
    return becomes_true([this] {
      const Status status = tier_->status();
      return status.state == State::kOn && !status.is_walking;
    });
  }
  bool becomes(State state) {
    return becomes_true([this, state] { return tier_->status().state == state; });
  }
  std::size_t errors() {
    const std::lock_guard lock(mutex_);
    return errors_;
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  /// Into memory, and to the disk.
  bool put(const std::string& key, std::size_t bytes, std::uint64_t sequence = 0) {
    if (!memory::put(*memory_, key, bytes, 0, sequence)) return false;
    memory::Reference entry = memory::find(*memory_, key);
    if (!entry) return false;
    tier_->keep(std::move(entry));
    return true;
  }
  bool has(const std::string& key) { return tier_->may_have(memory::hash_of(key)); }
  bool comes_to_have(const std::string& key) {
    return becomes_true([&] { return has(key); });
  }

  /// As a request does that does not find it in memory.
  Loaded load(const std::string& key) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Loaded> out;
    const bool is_asked = tier_->load(memory::hash_of(key), key, 0, [&](Loaded loaded) {
      const std::lock_guard lock(mutex);
      out = std::move(loaded);
      changed.notify_all();
    });
    if (!is_asked) return {};
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return out.has_value(); });
    return std::move(*out);
  }
  /// What lies on the disk of a key, by way of memory; empty: nothing.
  std::string text(const std::string& key) {
    memory_->remove(memory::hash_of(key), key);
    if (load(key).kind != Loaded::Kind::kInMemory) return {};
    const memory::Reference entry = memory::find(*memory_, key);
    return entry ? memory::text_of(entry.body()) : std::string();
  }
  bool holds(const std::string& key, std::size_t bytes) { return text(key) == memory::body_of(key, bytes); }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::size_t errors_ = 0;
  purge::Book book_{{4096, 64}};  // the daemon's own bound costs each life of kill_test some milliseconds
  std::unique_ptr<memory::MemoryStore> memory_;
  std::unique_ptr<Tier> tier_;
};

}  // namespace headgate::proxy::cache::disk
