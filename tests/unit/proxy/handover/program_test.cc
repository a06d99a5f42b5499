#include "proxy/handover/program.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace headgate::proxy::handover {
namespace {

Program of(std::string name) {
  std::string word = "run";
  char* arguments[] = {name.data(), word.data(), nullptr};
  return Program::of(2, arguments);
}

TEST(Program, IsFoundAsTheShellFoundIt) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(of("/usr/bin/headgate").path, "/usr/bin/headgate");
  EXPECT_EQ(of("./headgate").path, here + "/headgate");
  EXPECT_EQ(of("a/../b/headgate").path, here + "/b/headgate");
  EXPECT_EQ(std::filesystem::path(of("sh").path).filename(), "sh");
  EXPECT_EQ(of("sh").path.front(), '/');
}

TEST(Program, KeepsItsArguments) {
  EXPECT_EQ(of("sh").arguments, (std::vector<std::string>{"sh", "run"}));
}

}  // namespace
}  // namespace headgate::proxy::handover
