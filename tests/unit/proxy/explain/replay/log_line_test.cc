#include "proxy/explain/replay/log_line.h"

#include <gtest/gtest.h>

#include <array>

#include "proxy/access_log/line/json_line.h"

namespace headgate::proxy::explain::replay {
namespace {

std::optional<Unusable> why(std::string_view line) {
  LogLine out;
  return read_log_line(line, out);
}

TEST(LogLine, ReadsWhatTheLogWrites) {
  access_log::Entry entry;
  entry.client = *base::IpAddress::parse("2001:db8::1");
  entry.listener = "web";
  entry.method = "GET";
  entry.scheme = "https";
  entry.host = "a.example";
  entry.path = "/a\"b";
  entry.query = "c=d";
  entry.protocol = "HTTP/1.0";
  entry.route = "app";
  entry.user_agent = "x\\y";
  entry.referer = "http://r/";
  entry.ending = "no_backend";
  entry.request_bytes = 5;
  entry.status = 503;
  access_log::line::TimeText time;
  std::string line(access_log::line::json_line_bytes_max(), ' ');
  line.resize(static_cast<std::size_t>(access_log::line::write_json_line(entry, time, line.data()) - line.data()));
  line.pop_back();  // the line feed
  LogLine out;
  ASSERT_EQ(read_log_line(line, out), std::nullopt) << line;
  EXPECT_EQ(out.client, entry.client);
  EXPECT_EQ(out.path, "/a\"b");
  EXPECT_EQ(out.query, "c=d");
  EXPECT_EQ(out.protocol, "HTTP/1.0");
  EXPECT_EQ(out.user_agent, "x\\y");
  EXPECT_EQ(out.request_bytes, 5u);
  EXPECT_EQ(out.status, 503);
  EXPECT_EQ(out.ending, "no_backend");
}

TEST(LogLine, SaysWhatWasCut) {
  const std::string start = R"({"client":"192.0.2.1","listener":"web","method":"GET","path":"/","cut":[)";
  LogLine out;
  EXPECT_EQ(read_log_line(start + R"("query","user_agent","referer"]})", out), std::nullopt);
  EXPECT_TRUE(out.query_is_cut && out.user_agent_is_cut && out.referer_is_cut);
  EXPECT_EQ(read_log_line(start + R"("detail"]})", out), std::nullopt);
  EXPECT_FALSE(out.query_is_cut || out.user_agent_is_cut || out.referer_is_cut);
  for (const char* name : {"method", "host", "path", "listener"}) {
    EXPECT_EQ(why(start + "\"" + name + "\"]}"), Unusable::kCut) << name;
  }
}

TEST(LogLine, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(
      why(R"({"x":{"client":"y","a":[1,2.5,null,{"path":1}]},"client":"192.0.2.1","listener":"l","method":"M","path":"/"})"),
      std::nullopt);
}

TEST(LogLine, RefusesWhatIsNone) {
  for (const char* line : {"", "x", "[]", "{", "{}x", "{\"client\":\"192.0.2.1\"", "null"}) {
    EXPECT_EQ(why(line), Unusable::kNotJson) << line;
  }
  EXPECT_EQ(why("{}"), Unusable::kNoMember);
  EXPECT_EQ(why(R"({"client":"x","listener":"web","method":"GET","path":"/"})"), Unusable::kNoMember);
  EXPECT_EQ(why(R"({"client":"192.0.2.1","listener":"web","status":400})"), Unusable::kNoRequest);
  EXPECT_EQ(why(R"({"client":"192.0.2.1","listener":"raw","protocol":"tcp"})"), Unusable::kConnection);
  EXPECT_EQ(why(R"({"client":"192.0.2.1","listener":"names","protocol":"dns/udp"})"), Unusable::kQuery);
  const std::string line = R"({"client":"192.0.2.1","listener":"web","method":"GET","path":"/"})";
  EXPECT_EQ(why(line + std::string(kLineBytesMax - line.size(), ' ')), std::nullopt);
  EXPECT_EQ(why(line + std::string(kLineBytesMax - line.size() + 1, ' ')), Unusable::kTooLong);
}

TEST(LogLine, KnowsTheCombinedFormat) {
  EXPECT_TRUE(looks_combined(R"(192.0.2.1 - - [23/Nov/2026:06:10:25 +0000] "GET / HTTP/1.1" 200 1 "-" "-")"));
  EXPECT_FALSE(looks_combined(R"({"a":[1] ,"b":2})"));
}

}  // namespace
}  // namespace headgate::proxy::explain::replay
