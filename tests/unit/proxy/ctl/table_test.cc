#include "proxy/ctl/text/table.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "proxy/ctl/text/columns.h"

namespace headgate::proxy::ctl::text {
namespace {

Table people() {
  Table table({{"NAME", Side::kLeft, Cut::kMiddle, 6}, {"AGE", Side::kRight}, {"TOWN", Side::kLeft, Cut::kEnd, 4, 1}});
  table.add({{"Alexandrina"}, {"7"}, {"Copenhagen"}});
  table.add({{"Bo"}, {"41"}, {"Ås"}});
  return table;
}

TEST(Table, WithoutAWidthEverythingIsThere) {
  EXPECT_EQ(people().text({}),
            "NAME         AGE  TOWN\n"
            "Alexandrina    7  Copenhagen\n"
            "Bo            41  Ås\n");
}

TEST(Table, TheLongestIsCutFirst) {
  EXPECT_EQ(people().text({.width = 24}),
            "NAME      AGE  TOWN\n"
            "Alex…ina    7  Copenhag…\n"
            "Bo         41  Ås\n");
}

TEST(Table, ThenColumnsAreDropped) {
  EXPECT_EQ(people().text({.width = 16}),
            "NAME         AGE\n"
            "Alexandrina    7\n"
            "Bo            41\n");
}

TEST(Table, AtLastLinesAreCut) {
  EXPECT_EQ(people().text({.width = 8}),
            "NAME\n"
            "Ale…na\n"
            "Bo\n");
}

TEST(Table, ColorsTakeNoRoom) {
  Table table({{"STATE"}, {"N", Side::kRight}});
  table.add({{"up", Tone::kGood}, {"1"}});
  EXPECT_EQ(table.text({.width = 80, .colors = true}),
            "\x1b[1mSTATE\x1b[0m  \x1b[1mN\x1b[0m\n\x1b[32mup\x1b[0m     1\n");
}

TEST(Table, TheChosenRowIsMarkedOverTheWholeWidth) {
  Table table({{"STATE"}});
  table.add({{"up", Tone::kGood}});
  EXPECT_EQ(table.lines({.width = 6, .colors = true}, 0)[1], "\x1b[7mup    \x1b[0m");
}

TEST(Table, NoLineIsWiderThanThePage) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string alphabet[] = {"a", "-", "é", "日", "🚀", " "};
  for (int round = 0; round < 500; ++round) {
    std::vector<Column> columns;
    for (std::size_t i = 1 + random() % 8; i > 0; --i) {
      columns.push_back({std::string(1 + random() % 9, 'T'), static_cast<Side>(random() % 2),
                         static_cast<Cut>(random() % 3), static_cast<int>(random() % 20),
                         static_cast<int>(random() % 4)});
    }
    Table table(columns);
    for (std::size_t row = random() % 5; row > 0; --row) {
      std::vector<Cell> cells;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        std::string text;
        for (std::size_t length = random() % 30; length > 0; --length) text += alphabet[random() % std::size(alphabet)];
        cells.push_back({text});
      }
      table.add(cells);
    }
    const int width = 1 + static_cast<int>(random() % 120);
    for (const std::string& line : table.lines({.width = width})) ASSERT_LE(columns_of(line), width) << line;
  }
}

}  // namespace
}  // namespace headgate::proxy::ctl::text
