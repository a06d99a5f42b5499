#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"

namespace headgate::config {

/// A configuration file as it lies on the disk, beside the text that runs. Read again only when the file's inode, size
/// or times differ from those of the last look, so that asking every second costs one system call.
class DiskCopy {
 public:
  /// Blocks while it reads, which is at most as long as loading does.
  void look(std::shared_ptr<const Config> running);

  /// Whether the file is not what runs; so it is too if it could not be read, but not if what runs is from no file.
  bool differs() const { return differs_; }
  /// The text where it differs; nothing where it is the same or could not be read.
  const std::optional<std::string>& other_text() const { return other_text_; }
  /// Why it could not be read; empty: it could.
  const std::string& error() const { return error_; }

 private:
  /// What stat() tells one version of a file by.
  struct Mark {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  static base::Result<Mark> mark_of(const std::string& file);

  std::shared_ptr<const Config> running_;  // that it was compared with
  std::optional<Mark> mark_;
  bool differs_ = false;
  std::optional<std::string> other_text_;
  std::string error_;
};

}  // namespace headgate::config
