#include "proxy/explain/text_layout.h"

#include <gtest/gtest.h>

namespace headgate::proxy::explain {
namespace {

TEST(Page, BreaksAtSpacesUnderTheBeginning) {
  Page page({.color = false, .columns = 24});
  page.row("label", "one two three four five");
  page.item("-", "six seven eight", Tone::kPlain, 1);
  EXPECT_EQ(page.take(),
            "label      one two three\n"
            "           four five\n"
            "             - six seven\n"
            "               eight\n");
}

TEST(Page, CutsWordsThatAreLongerThanALine) {
  Page page({.color = false, .columns = 21});
  page.row("", "0123456789abcdef x");
  EXPECT_EQ(page.take(), "           0123456789\n           abcdef x\n");
}

TEST(Page, CountsCharactersAndNotBytes) {
  Page page({.color = false, .columns = 19});
  page.row("", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac x");
  EXPECT_EQ(page.take(),
            "           \xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\n           x\n");
  EXPECT_EQ(columns_of("\xe2\x82\xac"), 1u);
  EXPECT_EQ(padded("\xc3\xa4", 3), "\xc3\xa4  ");
}

TEST(Page, LetsNoTextSteerATerminal) {
  Page page({.color = true});
  page.row("a", "x\x1b[31my\x7f\tz", Tone::kBad);
  EXPECT_EQ(page.take(), "\x1b[1ma\x1b[0m          \x1b[31mx?[31my??z\x1b[0m\n");
}

TEST(Page, WithoutColorsThereAreNone) {
  Page page({});
  page.row("a", "b", Tone::kGood);
  page.line("", Tone::kBad);
  EXPECT_EQ(page.take(), "a          b\n\n");
}

}  // namespace
}  // namespace headgate::proxy::explain
