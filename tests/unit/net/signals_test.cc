#include "net/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

TEST(SignalWatcher, TellsOfBlockedSignalsOnTheLoop) {
  SignalWatcher::block({SIGUSR1, SIGHUP});
  Loop loop;
  std::vector<int> received;
  const SignalWatcher watcher(loop, {SIGUSR1, SIGHUP}, [&](int signal) { received.push_back(signal); });
  ::kill(::getpid(), SIGHUP);
  ::kill(::getpid(), SIGUSR1);
  EXPECT_TRUE(testing::run_until(loop, [&] { return received.size() == 2; }));
  std::sort(received.begin(), received.end());
  EXPECT_EQ(received, (std::vector<int>{SIGHUP, SIGUSR1}));
}

}  // namespace
}  // namespace headgate::net
