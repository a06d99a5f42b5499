#include "proxy/explain/listener_choice.h"

#include <gmock/gmock.h>

namespace headgate::proxy::explain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ListenerChoice : public testing::Test {
 protected:
  void listen(const std::string& name, const std::vector<std::string>& binds) {
    config_.listeners.emplace_back().name = name;
    std::vector<base::Endpoint>& list = binds_.emplace_back();
    for (const std::string& bind : binds) list.push_back(*base::Endpoint::parse(bind));
  }
  ListenerPart chosen(const std::string& url, const std::string& name = "") {
    Question question;
    question.url = url;
    question.listener = name;
    const base::Result<ChosenListener> found = choose_listener(question, *target_of(url), config_, binds_);
    if (!found) return {"refused", "", found.error().message, {}};
    EXPECT_EQ(config_.listeners[found->index].name, found->part.name);
    return found->part;
  }
  config::Config config_;
  Binds binds_;
};

TEST_F(ListenerChoice, GoesByPortAndAddress) {
  listen("web", {"0.0.0.0:80", "[::]:80"});
  listen("inner", {"127.0.0.1:80", "127.0.0.1:9000"});
  listen("path", {"unix:/run/x"});
  EXPECT_EQ(chosen("http://www.example.com/").name, "web");
  EXPECT_THAT(chosen("http://www.example.com/").others, ElementsAre("inner"));
  EXPECT_EQ(chosen("http://127.0.0.1/").name, "inner");  // as the kernel prefers it
  EXPECT_THAT(chosen("http://127.0.0.1/").others, IsEmpty());
  EXPECT_EQ(chosen("http://192.0.2.1/").bind, "0.0.0.0:80");
  EXPECT_EQ(chosen("http://[2001:db8::1]/").bind, "[::]:80");
  EXPECT_EQ(chosen("http://x:9000/").name, "inner");
}

TEST_F(ListenerChoice, WhereNobodyListensItIsTheFirst) {
  listen("web", {"0.0.0.0:80"});
  EXPECT_THAT(chosen("http://x:81/").why, HasSubstr("the only listener"));
  listen("more", {"0.0.0.0:82"});
  EXPECT_EQ(chosen("http://x:81/").name, "web");
  EXPECT_THAT(chosen("http://x:81/").why, HasSubstr("nothing listens on port 81"));
  EXPECT_THAT(chosen("http://x:81/").others, ElementsAre("more"));
}

TEST_F(ListenerChoice, TakesTheOneThatIsNamed) {
  listen("web", {"0.0.0.0:80"});
  listen("path", {"unix:/run/x"});
  EXPECT_EQ(chosen("http://x/", "path").bind, "unix:/run/x");
  EXPECT_THAT(chosen("http://x/", "pth").why, HasSubstr("did you mean 'path'?"));
  EXPECT_THAT(chosen("https://x/", "web").why, HasSubstr("does not speak TLS"));
}

}  // namespace
}  // namespace headgate::proxy::explain
