#pragma once
#include <cstdint>
#include <string>

namespace headgate::proxy::origin::files {

/// Who sees to it that a path does not leave its root.
enum class Resolution : std::uint8_t {
  kKernel,  ///< openat2 with RESOLVE_BENEATH (Linux 5.6): one system call
  kSteps,   ///< one openat for each segment, links read and followed by us: where openat2 is forbidden. systemd's
            ///< RestrictSUIDSGID= does that, for its filter cannot see the mode that openat2 is given.
};

/// The best one that the system has for this directory; negative is -errno, if it has none.
int resolution_for(int root, Resolution& out);

/// Opens what `name` (relative, not empty) leads to. Whatever symbolic links there are, and whoever renames what
/// meanwhile, nothing outside `root` is opened: -EXDEV if it would have to be. `flags` as for open(2), without O_CREAT.
/// A negative result is -errno; -EAGAIN: something was renamed meanwhile, try again.
int open_beneath(int root, const std::string& name, int flags, Resolution resolution);

}  // namespace headgate::proxy::origin::files
