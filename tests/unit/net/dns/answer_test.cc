#include "net/dns/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::net::dns {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Bytes = std::string;

Bytes u16(int value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
/// "\1a\7example\0"; what ends with a pointer is written by hand.
Bytes name(std::string_view text) {
  Bytes out;
  while (!text.empty()) {
    const std::string_view label = text.substr(0, text.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    text.remove_prefix(std::min(text.size(), label.size() + 1));
  }
  return out + '\0';
}
/// Where the question's name stands: "a.example", so that 0xc00e is "example".
const Bytes kAsked("\xc0\x0c", 2);
const Bytes kExample("\xc0\x0e", 2);

Bytes record(const Bytes& owner, RecordType type, std::uint32_t ttl, const Bytes& data, int kind = 1) {
  return owner + u16(static_cast<int>(type)) + u16(kind) + u16(static_cast<int>(ttl >> 16)) +
         u16(static_cast<int>(ttl & 0xffff)) + u16(static_cast<int>(data.size())) + data;
}
Bytes message(const std::vector<Bytes>& records) {
  Bytes out = u16(7) + u16(0x8180) + u16(1) + u16(static_cast<int>(records.size())) + u16(0) + u16(0);
  out += name("a.example") + u16(1) + u16(1);
  for (const Bytes& each : records) out += each;
  return out;
}
std::string problem_of(const Bytes& bytes, RecordType type) {
  const base::Result<Answer> answer = parse_answer(bytes, type);
  return answer ? "" : answer.error().message;
}

const Bytes kV4("\x0a\0\0\1", 4);
const Bytes kSrv = u16(10) + u16(5) + u16(8080) + Bytes("\1B", 2) + kExample;

TEST(DnsAnswers, HaveTheRecordsOfTheNameThatWasAsked) {
  const Bytes bytes =
      message({record(kAsked, RecordType::kA, 60, kV4), record(name("A.Example"), RecordType::kA, 50, kV4),
               record(name("b.example"), RecordType::kA, 1, kV4),
               record(kAsked, RecordType::kA, 1, kV4, 3),  // of another class
               record(kAsked, RecordType::kAaaa, 1, Bytes(16, '\1'))});
  const base::Result<Answer> answer = parse_answer(bytes, RecordType::kA);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->addresses.size(), 2u);
  EXPECT_EQ(answer->addresses[0].text(), "10.0.0.1");
  EXPECT_EQ(answer->ttl, 50s);
  EXPECT_EQ(parse_answer(bytes, RecordType::kAaaa)->addresses.size(), 1u);
  EXPECT_THAT(parse_answer(message({}), RecordType::kA)->addresses, IsEmpty());
}

TEST(DnsAnswers, FollowAliases) {
  const Bytes bytes = message({record(name("c.example"), RecordType::kA, 60, kV4),
                               record(name("b.example"), RecordType::kCname, 20, name("c.example")),
                               record(kAsked, RecordType::kCname, 30, Bytes("\1b", 2) + kExample)});
  EXPECT_EQ(parse_answer(bytes, RecordType::kA)->addresses.size(), 1u);
  EXPECT_EQ(parse_answer(bytes, RecordType::kA)->ttl, 20s);
  EXPECT_EQ(problem_of(message({record(kAsked, RecordType::kCname, 1, kAsked)}), RecordType::kA),
            "the name server's answer goes through too many aliases");
}

TEST(DnsAnswers, OfServices) {
  const Bytes root = u16(0) + u16(0) + u16(0) + Bytes(1, '\0');
  const base::Result<Answer> answer =
      parse_answer(message({record(kAsked, RecordType::kSrv, 9, kSrv), record(kAsked, RecordType::kSrv, 9, root)}),
                   RecordType::kSrv);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->services, ElementsAre(Service{10, 5, 8080, "b.example"}, Service{0, 0, 0, ""}));
}

TEST(DnsAnswers, NamesAreEscaped) {
  const Bytes odd = u16(0) + u16(0) + u16(1) + Bytes("\4a.\n\xff\0", 6);
  EXPECT_EQ(parse_answer(message({record(kAsked, RecordType::kSrv, 1, odd)}), RecordType::kSrv)->services[0].target,
            "a\\046\\010\\255");
}

TEST(DnsAnswers, ATtlOfTheUpperHalfIsNone) {
  EXPECT_EQ(parse_answer(message({record(kAsked, RecordType::kA, 0x80000000, kV4)}), RecordType::kA)->ttl, 0s);
  EXPECT_EQ(parse_answer(message({record(kAsked, RecordType::kA, kTtlMax, kV4)}), RecordType::kA)->ttl,
            std::chrono::seconds(kTtlMax));
}

TEST(DnsAnswers, ThatAreNone) {
  const Bytes whole = message({record(kAsked, RecordType::kA, 60, kV4)});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_answer(std::string_view(whole).substr(0, size), RecordType::kA)) << size;
  }
  const auto wrong_length = HasSubstr("a record of the wrong length");
  EXPECT_THAT(problem_of(message({record(kAsked, RecordType::kA, 1, kV4 + '\1')}), RecordType::kA), wrong_length);
  EXPECT_THAT(problem_of(message({record(kAsked, RecordType::kAaaa, 1, kV4)}), RecordType::kAaaa), wrong_length);
  EXPECT_THAT(problem_of(message({record(kAsked, RecordType::kSrv, 1, kSrv + '\1')}), RecordType::kSrv), wrong_length);
  EXPECT_THAT(problem_of(message({record(kAsked, RecordType::kSrv, 1, u16(1))}), RecordType::kSrv), wrong_length);
  const auto bad_name = HasSubstr("cut short or has a bad name");
  const Bytes itself = "\xc0" + Bytes(1, static_cast<char>(message({}).size()));
  EXPECT_THAT(problem_of(message({record(itself, RecordType::kA, 1, kV4)}), RecordType::kA), bad_name) << "for ever";
  EXPECT_THAT(problem_of(message({record("\x80"
                                         "a",
                                         RecordType::kA, 1, kV4)}),
                         RecordType::kA),
              bad_name);
  // 255 bytes with their lengths: 3 labels of 63 and one of 61, the root's included.
  const Bytes label = Bytes(1, '\x3f') + Bytes(63, 'a');
  const Bytes longest = label + label + label + '\x3d' + Bytes(61, 'a') + '\0';
  EXPECT_EQ(problem_of(message({record(longest, RecordType::kA, 1, kV4)}), RecordType::kA), "");
  const Bytes longer = label + label + label + '\x3e' + Bytes(62, 'a') + '\0';
  EXPECT_THAT(problem_of(message({record(longer, RecordType::kA, 1, kV4)}), RecordType::kA), bad_name);
  EXPECT_THAT(problem_of(Bytes(12, '\0'), RecordType::kA), HasSubstr("repeats no question"));
}

}  // namespace
}  // namespace headgate::net::dns
