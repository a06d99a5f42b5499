#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace headgate::proxy::origin::files {

/// A directory of its own for each test: DIRECTORY/root is the root, what lies beside it must never be sent.
class TemporaryTree : public ::testing::Test {
 protected:
  TemporaryTree() {
    std::string name = (std::filesystem::temp_directory_path() / "headgate-XXXXXX").string();
    top_ = mkdtemp(name.data());
    std::filesystem::create_directory(root());
  }
  ~TemporaryTree() override { std::filesystem::remove_all(top_); }

  std::filesystem::path top() const { return top_; }
  std::filesystem::path root() const { return top_ / "root"; }

  void write(const std::filesystem::path& relative, const std::string& text) {
    const std::filesystem::path path = top_ / relative;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

 private:
  std::filesystem::path top_;
};

}  // namespace headgate::proxy::origin::files
