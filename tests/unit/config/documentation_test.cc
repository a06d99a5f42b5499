#include <algorithm>
#include <set>
#include <sstream>

#include "config/placeholders.h"
#include "tests/unit/config/loading.h"

// docs/configuration.md and the code name the same keys. Its examples are held to the program by
// tests/scenario/documents, its defaults by stated_defaults_test.cc.
namespace headgate::config {
namespace {

std::string documentation() {
  std::ifstream file(HEADGATE_SOURCE_FOLDER "/docs/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The keys of the tables: lines that begin with "| `".
std::set<std::string> documented_keys() {
  std::set<std::string> out;
  std::istringstream lines(documentation());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string key = line.substr(3, line.find('`', 3) - 3);
    EXPECT_TRUE(out.insert(key).second) << key << " is documented twice";
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 6) << "key, type, default, bounds, meaning: " << line;
  }
  return out;
}

TEST(Documentation, HasExactlyTheKeysOfTheCode) {
  const std::vector<std::string> keys = known_keys();
  const std::set<std::string> known(keys.begin(), keys.end());
  EXPECT_EQ(known.size(), keys.size()) << "a key stands in two tables";
  EXPECT_EQ(documented_keys(), known);
  EXPECT_TRUE(known.contains("pools.NAME.backends[].weight"));
}

TEST(Documentation, NamesEveryPlaceholder) {
  const std::string text = documentation();
  for (std::span<const std::string_view> names :
       {response_placeholders(), redirect_placeholders(), access_log_placeholders()}) {
    for (std::string_view name : names) {
      EXPECT_NE(text.find("`{" + std::string(name) + "}`"), std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace headgate::config
