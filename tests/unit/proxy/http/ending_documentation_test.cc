#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "proxy/http/ending.h"

// docs/operations/endings.md has the endings that there are, in the order of the code, and no others.
namespace headgate::proxy::http {
namespace {

std::vector<std::vector<std::string>> documented_rows() {
  std::vector<std::vector<std::string>> out;
  std::ifstream file(HEADGATE_DOCS "/operations/endings.md");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string>& cells = out.emplace_back();
    std::istringstream row(line.substr(2));
    for (std::string cell; std::getline(row, cell, '|');) {
      cell.erase(0, cell.find_first_not_of(' '));
      cell.erase(cell.find_last_not_of(' ') + 1);
      cells.push_back(cell);
    }
  }
  return out;
}

TEST(Documentation, HasExactlyTheEndingsThereAre) {
  const std::vector<std::vector<std::string>> rows = documented_rows();
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(Ending::kCount) - 1) << "every ending but kWell";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const EndingFacts& facts = facts_of(static_cast<Ending>(i + 1));
    const std::vector<std::string>& cells = rows[i];
    ASSERT_EQ(cells.size(), 5u) << facts.name << ": ending, fault, meaning, status, what to do";
    EXPECT_EQ(cells[0], "`" + std::string(facts.name) + "`");
    EXPECT_EQ(cells[1], base::to_string(facts.fault)) << facts.name;
    EXPECT_TRUE(cells[2].starts_with(facts.sentence)) << facts.name << ": the code says: " << facts.sentence;
    EXPECT_FALSE(cells[3].empty()) << facts.name;
    EXPECT_GT(cells[4].size(), 20u) << facts.name;
  }
}

}  // namespace
}  // namespace headgate::proxy::http
