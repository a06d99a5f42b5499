#include "proxy/handover/predecessor.h"

#include <gmock/gmock.h>

#include <future>
#include <optional>

namespace headgate::proxy::handover {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Program shell(std::string script) {
  return {"/bin/sh", {"sh", "-c", std::move(script)}};
}

Letter letter() {
  Letter made;
  made.pid = 1;
  return made;
}

/// What becomes of a program that is no headgate.
std::string failure_of(Program program, base::Duration ready_wait = 60s) {
  std::promise<Predecessor::Outcome> told;
  Predecessor predecessor(std::move(program), letter(), {}, ready_wait);
  predecessor.start([&](Predecessor::Outcome outcome) { told.set_value(std::move(outcome)); });
  const Predecessor::Outcome outcome = told.get_future().get();
  return outcome ? "it is ready" : outcome.error().message;
}

TEST(Predecessor, SaysHowTheNewProcessEndedAndWhatItWrote) {
  EXPECT_THAT(failure_of(shell("echo one >&2; echo two >&2; exit 7")),
              testing::AllOf(HasSubstr("ended with status 7"), HasSubstr("it wrote:\none\ntwo")));
  EXPECT_THAT(failure_of(shell("kill -ABRT $$")), HasSubstr("ended by signal 6 (Aborted)"));
  EXPECT_THAT(failure_of(shell("exit 139")), HasSubstr("ended by signal 11 (Segmentation fault)"));
}

TEST(Predecessor, KeepsTheEndOfALongWriting) {
  const std::string said =
      failure_of(shell("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1"));
  EXPECT_THAT(said, testing::EndsWith("line 1999"));
  EXPECT_LE(said.size(), Predecessor::kWritingKept + 200);
}

TEST(Predecessor, AProgramThatIsNotThere) {
  EXPECT_THAT(failure_of({"/no/such/program", {"x"}}), HasSubstr("start /no/such/program: No such file"));
}

TEST(Predecessor, ItIsBoundedAndKilled) {
  EXPECT_THAT(failure_of(shell("echo waiting >&2; exec sleep 600"), 300ms),
              testing::AllOf(HasSubstr("was not ready within 0 s, and has been killed"), HasSubstr("waiting")));
}

TEST(Predecessor, AWordThatIsNone) {
  // Writes a message to descriptor 3, as a successor would.
  const auto says = [](const std::string& text) {
    return failure_of(
        {"/usr/bin/python3", {"python3", "-c", "import socket\nsocket.socket(fileno=3).send(b'" + text + "')\n"}});
  };
  EXPECT_THAT(says("ready x"), HasSubstr("no pid"));
  EXPECT_EQ(says("failed the file is bad"), "the file is bad");
  EXPECT_THAT(says("hello"), HasSubstr("ended with status 0"));
}

TEST(Predecessor, OneThatIsDestroyedGivesUp) {
  std::optional<Predecessor::Outcome> outcome;
  {
    Predecessor predecessor(shell("exec sleep 600"), letter(), {});
    predecessor.start([&](Predecessor::Outcome told) { outcome = std::move(told); });
  }
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().message, "given up");
}

TEST(Predecessor, NothingElseIsInherited) {
  // 0, 1, 2, the channel, what stderr will be, and the folder that is being listed.
  EXPECT_THAT(failure_of(shell("ls /proc/self/fd >&2; exit 1")), HasSubstr("it wrote:\n0\n1\n2\n3\n4\n5"));
}

}  // namespace
}  // namespace headgate::proxy::handover
