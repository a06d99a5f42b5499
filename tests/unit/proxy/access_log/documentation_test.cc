#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "proxy/access_log/fields.h"

// docs/operations/access-log.md lists the fields that there are, in their order, and no others.
namespace headgate::proxy::access_log {
namespace {

std::vector<std::string> documented_fields() {
  std::vector<std::string> out;
  std::ifstream file(HEADGATE_DOCS "/operations/access-log.md");
  std::string line;
  while (std::getline(file, line) && line != "## Fields") {
  }
  while (std::getline(file, line) && !line.starts_with("## ")) {
    if (line.starts_with("| `")) out.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return out;
}

TEST(Documentation, ListsExactlyTheFieldsThereAre) {
  std::vector<std::string> fields;
  for (const Field& field : kFields) fields.emplace_back(field.name);
  EXPECT_EQ(documented_fields(), fields);
}

}  // namespace
}  // namespace headgate::proxy::access_log
