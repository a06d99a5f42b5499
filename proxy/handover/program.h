#pragma once
#include <string>
#include <vector>

namespace headgate::proxy::handover {

/// What to start for an upgrade: the path by which this process was started, made absolute at that time. Not the file
/// that runs now: a package puts the new one under the same path, and the old one is gone. Links are followed anew.
struct Program {
  std::string path;
  std::vector<std::string> arguments;  ///< all of them, the name first

  static Program of(int argc, char** argv);
};

}  // namespace headgate::proxy::handover
