#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/load.h"

namespace headgate::config {

/// A folder that is gone when the test is over.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "headgate-config-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(std::string_view name = {}) const { return name.empty() ? path_.string() : (path_ / name).string(); }
  std::string write(std::string_view name, std::string_view text, int mode = 0640) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

inline Environment no_environment() {
  return [](std::string_view) { return std::nullopt; };
}

inline Environment environment_of(std::map<std::string, std::string, std::less<>> values) {
  return [values](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

/// The problems of a text, a line each; empty if it loads.
inline std::string problems_of(std::string_view text, const std::string& file = "/none/hg.yaml",
                               const Environment& environment = no_environment()) {
  const std::variant<Config, Problems> loaded = load_text(text, file, environment);
  const Problems* problems = std::get_if<Problems>(&loaded);
  return problems == nullptr ? std::string() : problems->text();
}

/// The Config of a text that must load.
inline Config config_of(std::string_view text, const std::string& file = "/none/hg.yaml",
                        const Environment& environment = no_environment()) {
  std::variant<Config, Problems> loaded = load_text(text, file, environment);
  if (const Problems* problems = std::get_if<Problems>(&loaded)) {
    ADD_FAILURE() << problems->text() << text;
    return Config{};
  }
  return std::get<Config>(std::move(loaded));
}

}  // namespace headgate::config
