#include "proxy/listener/connection_ending.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// docs/operations/tcp.md has the endings that there are, in the order of the code, and no others.
namespace headgate::proxy::listener {
namespace {

/// The rows of four cells under the heading "Endings".
std::vector<std::vector<std::string>> documented_rows() {
  std::vector<std::vector<std::string>> out;
  std::ifstream file(HEADGATE_DOCS "/operations/tcp.md");
  bool is_there = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) is_there = line == "## Endings";
    if (!is_there || !line.starts_with("| `")) continue;
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

TEST(ConnectionEnding, IsDocumented) {
  const std::vector<std::vector<std::string>> rows = documented_rows();
  ASSERT_EQ(rows.size(), kConnectionEndings - 1) << "every ending but kWell";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ConnectionEndingFacts& facts = facts_of(static_cast<ConnectionEnding>(i + 1));
    const std::vector<std::string>& cells = rows[i];
    ASSERT_EQ(cells.size(), 4u) << facts.name << ": ending, fault, meaning, what to do";
    EXPECT_EQ(cells[0], "`" + std::string(facts.name) + "`");
    EXPECT_EQ(cells[1], base::to_string(facts.fault)) << facts.name;
    EXPECT_TRUE(cells[2].starts_with(facts.sentence)) << facts.name << ": the code says: " << facts.sentence;
    EXPECT_GT(cells[3].size(), 20u) << facts.name;
  }
}

TEST(ConnectionEnding, WellHasNoName) {
  EXPECT_EQ(facts_of(ConnectionEnding::kWell).name, "");
}

}  // namespace
}  // namespace headgate::proxy::listener
