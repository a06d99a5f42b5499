#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "proxy/admin/metrics/table.h"

// docs/operations/metrics.md lists the metrics that there are, and no others.
namespace headgate::proxy::admin::metrics {
namespace {

struct Documented {
  std::string type;
  std::string labels;
  std::string meaning;
};

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// Rows of the form | `name` | type | labels | meaning, and what to do |
std::map<std::string, Documented> documented_metrics() {
  std::map<std::string, Documented> out;
  std::ifstream file(HEADGATE_DOCS "/operations/metrics.md");
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("| `headgate_")) continue;
    std::istringstream cells(line.substr(1));
    std::string name;
    Documented row;
    std::getline(cells, name, '|');
    std::getline(cells, row.type, '|');
    std::getline(cells, row.labels, '|');
    std::getline(cells, row.meaning, '|');
    name = trimmed(name);
    const bool is_new = out.emplace(name.substr(1, name.size() - 2),
                                    Documented{trimmed(row.type), trimmed(row.labels), trimmed(row.meaning)})
                            .second;
    EXPECT_TRUE(is_new) << name << " is documented twice";
  }
  return out;
}

TEST(Documentation, ListsExactlyTheMetricsThereAre) {
  std::map<std::string, Documented> documented = documented_metrics();
  for (const Family& family : kFamilies) {
    const auto found = documented.find(std::string(family.name));
    ASSERT_NE(found, documented.end()) << family.name << " is not in docs/operations/metrics.md";
    EXPECT_EQ(found->second.type, to_string(family.type)) << family.name;
    EXPECT_EQ(found->second.labels, family.labels) << family.name;
    EXPECT_GT(found->second.meaning.size(), 10u) << family.name;
    documented.erase(found);
  }
  for (const auto& [name, row] : documented) ADD_FAILURE() << name << " is documented, but is no metric";
}

}  // namespace
}  // namespace headgate::proxy::admin::metrics
