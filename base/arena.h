#pragma once
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace headgate::base {

/// Memory for the small texts that one exchange makes (field values, a rewritten path), all given back at once.
/// The first kBlockBytes cost no allocation after the first use; larger needs get blocks of their own until reset().
class Arena {
 public:
  static constexpr std::size_t kBlockBytes = 1024;

  /// `bytes` of memory without alignment (it is for text), valid until reset().
  char* take(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(end_ - next_)) return take_slowly(bytes);
    char* out = next_;
    next_ += bytes;
    return out;
  }

  /// Of what was taken last, which ends at `taken_end`, the part from `from` on that was not needed after all: then it
  /// is room() again, right behind what was. Does nothing where something else was taken since.
  void give_back(char* from, const char* taken_end) {
    if (next_ == taken_end) next_ = from;
  }

  /// What can be taken without an allocation: to write into where the size is not known before, and take() then.
  std::span<char> room() const { return {next_, end_}; }

  std::string_view copy(std::string_view text) {
    char* out = take(text.size());
    if (!text.empty()) std::memcpy(out, text.data(), text.size());  // an empty view may be null, memcpy's source not
    return {out, text.size()};
  }

  std::string_view concat(std::initializer_list<std::string_view> parts) {
    std::size_t bytes = 0;
    for (std::string_view part : parts) bytes += part.size();
    char* out = take(bytes);
    char* next = out;
    for (std::string_view part : parts) {
      if (!part.empty()) std::memcpy(next, part.data(), part.size());
      next += part.size();
    }
    return {out, bytes};
  }

  void reset() {
    if (!large_.empty()) large_.clear();
    next_ = first_.get();
    end_ = next_ + (first_ ? kBlockBytes : 0);
  }

 private:
  char* take_slowly(std::size_t bytes) {
    if (bytes <= kBlockBytes) {
      std::unique_ptr<char[]>& block = first_ ? large_.emplace_back() : first_;
      block.reset(new char[kBlockBytes]);  // not make_unique: the bytes need no zeroing
      next_ = block.get() + bytes;
      end_ = block.get() + kBlockBytes;
      return block.get();
    }
    return large_.emplace_back(new char[bytes]).get();
  }

  std::unique_ptr<char[]> first_;
  std::vector<std::unique_ptr<char[]>> large_;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace headgate::base
