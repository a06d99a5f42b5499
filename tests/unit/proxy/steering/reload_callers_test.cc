#include "proxy/steering/reload_callers.h"

#include <gtest/gtest.h>

namespace headgate::proxy::steering {
namespace {

TEST(ReloadCallers, AreToldOfWhatBeganAfterTheyCalled) {
  net::Loop loop;
  ReloadCallers callers;
  const auto first = callers.add(loop);
  const ReloadCallers::List of_first = callers.take();
  const auto second = callers.add(loop);  // the first reload runs
  ReloadCallers::tell(of_first, {.accepted = false, .message = "one", .problems = std::nullopt});
  EXPECT_TRUE(first->told.is_open());
  EXPECT_EQ(first->outcome.message, "one");
  EXPECT_FALSE(second->told.is_open());
  ReloadCallers::tell(callers.take(), {.accepted = true, .message = "two", .problems = std::nullopt});
  EXPECT_TRUE(second->told.is_open());
  EXPECT_EQ(second->outcome.message, "two");
  EXPECT_TRUE(callers.take().empty());
}

}  // namespace
}  // namespace headgate::proxy::steering
