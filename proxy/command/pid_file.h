#pragma once
#include <optional>
#include <string>

#include "base/result.h"

namespace headgate::proxy::command {

/// The file by which scripts find the process that serves. It appears when requests are taken, whole and at once, in
/// the place of one that a predecessor of an upgrade wrote, and goes with the process whose pid it has.
class PidFile {
 public:
  /// Makes sure that it can be written; an error says why not.
  static base::Result<PidFile> prepare(std::string path);
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

  base::Result<void> publish();
  /// The file is the successor's from now on, who puts his own in its place: this process must not remove it any more.
  void leave_to_successor() { path_.clear(); }

 private:
  explicit PidFile(std::string path);
  std::string path_;  // empty: moved from, or left to a successor
  std::string prepared_;
};

}  // namespace headgate::proxy::command
