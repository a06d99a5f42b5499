#include "proxy/http/ending.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace headgate::proxy::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Fault;

TEST(Ending, EveryOneHasANameOfItsOwnAndASentence) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Ending::kCount); ++i) {
    const EndingFacts& facts = facts_of(static_cast<Ending>(i));
    EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
    EXPECT_EQ(facts.name.empty(), static_cast<Ending>(i) == Ending::kWell);
    EXPECT_FALSE(facts.sentence.empty()) << facts.name;
    for (char c : facts.name) EXPECT_TRUE((c >= 'a' && c <= 'z') || c == '_') << facts.name;
  }
  EXPECT_EQ(facts_of(Ending::kAnswerCut).name, "answer_cut");
  EXPECT_EQ(facts_of(Ending::kInternal).name, "internal");
}

struct Case {
  ErrorKind kind;
  Fault fault;
  Ending ending;
  int status;
};

TEST(Ending, AnErrorBeforeTheHeadBecomesAStatus) {
  const Case cases[] = {
      {ErrorKind::kTooLarge, Fault::kClient, Ending::kRequestTooLarge, 413},
      {ErrorKind::kTimeout, Fault::kClient, Ending::kRequestTimeout, 408},
      {ErrorKind::kMalformed, Fault::kClient, Ending::kRequestMalformed, 400},
      {ErrorKind::kEof, Fault::kClient, Ending::kClientGone, 0},
      {ErrorKind::kReset, Fault::kClient, Ending::kClientGone, 0},
      {ErrorKind::kTimeout, Fault::kUpstream, Ending::kBackendTimeout, 504},
      {ErrorKind::kUnavailable, Fault::kUpstream, Ending::kNoBackend, 503},
      {ErrorKind::kRefused, Fault::kUpstream, Ending::kConnectFailed, 502},
      {ErrorKind::kUnreachable, Fault::kUpstream, Ending::kConnectFailed, 502},
      {ErrorKind::kMalformed, Fault::kUpstream, Ending::kBackendMalformed, 502},
      {ErrorKind::kReset, Fault::kUpstream, Ending::kBackendReset, 502},
      {ErrorKind::kEof, Fault::kUpstream, Ending::kBackendReset, 502},
      {ErrorKind::kUnavailable, Fault::kHeadgate, Ending::kNoBackend, 503},
      {ErrorKind::kTimeout, Fault::kHeadgate, Ending::kQueueTimeout, 503},
      {ErrorKind::kExhausted, Fault::kHeadgate, Ending::kInternal, 503},
      {ErrorKind::kSystem, Fault::kHeadgate, Ending::kInternal, 500},
  };
  for (const Case& each : cases) {
    const Verdict verdict = verdict_on(Error{each.kind, each.fault, "x"});
    EXPECT_EQ(verdict.ending, each.ending) << base::to_string(each.kind) << " " << base::to_string(each.fault);
    EXPECT_EQ(verdict.status, each.status) << base::to_string(each.kind) << " " << base::to_string(each.fault);
  }
}

TEST(Ending, AnErrorInTheMiddleOfAnAnswer) {
  EXPECT_EQ(ending_of_cut(Error{ErrorKind::kEof, Fault::kUpstream, ""}), Ending::kAnswerCut);
  EXPECT_EQ(ending_of_cut(Error{ErrorKind::kTimeout, Fault::kUpstream, ""}), Ending::kAnswerCut);
  EXPECT_EQ(ending_of_cut(Error{ErrorKind::kTimeout, Fault::kClient, ""}), Ending::kClientStalled);
  EXPECT_EQ(ending_of_cut(Error{ErrorKind::kReset, Fault::kClient, ""}), Ending::kClientGone);
  EXPECT_EQ(ending_of_cut(Error{ErrorKind::kSystem, Fault::kHeadgate, ""}), Ending::kInternal);
}

}  // namespace
}  // namespace headgate::proxy::http
