#pragma once
#include <string>

#include "base/result.h"

namespace headgate::proxy::demo {

/// A folder of this run's own: its secrets, made anew, and a place for the socket. All go
/// with it. Nobody else may look into it.
class DemoFolder {
 public:
  /// Below $TMPDIR or /tmp.
  static base::Result<DemoFolder> make();
  DemoFolder(DemoFolder&& other) noexcept;
  DemoFolder& operator=(DemoFolder&&) = delete;
  ~DemoFolder();

  std::string token_file() const { return path_ + "/token"; }
  std::string sticky_keys_file() const { return path_ + "/sticky"; }
  std::string socket() const { return path_ + "/admin.sock"; }

 private:
  explicit DemoFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;  // empty: moved from
};

}  // namespace headgate::proxy::demo
