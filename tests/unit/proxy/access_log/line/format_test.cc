#include "proxy/access_log/line/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "tests/unit/proxy/access_log/entries.h"

namespace headgate::proxy::access_log::line {
namespace {

using testing::HasSubstr;

// In memory of exactly the promised size, so that the sanitizer sees a byte beyond it.
std::string line(Format& format, const Entry& entry) {
  const std::unique_ptr<char[]> out(new char[format.line_bytes_max()]);
  return std::string(out.get(), format.write(entry, out.get()));
}

std::string line(std::string_view format, const Entry& entry) {
  base::Result<Format> compiled = Format::compile(format);
  if (!compiled) return "error: " + compiled.error().message;
  return line(*compiled, entry);
}

TEST(JsonFormat, AFullEntry) {
  EXPECT_EQ(
      line("json", full_entry()),
      "{\"time\":\"2026-11-23T05:50:25.123Z\",\"request_id\":\"01j9zq\",\"client\":\"203.0.113.9\","
      "\"region\":\"eu\",\"country\":\"DE\",\"asn\":64500,"
      "\"listener\":\"web\",\"method\":\"GET\",\"scheme\":\"https\",\"host\":\"www.example.com\","
      "\"path\":\"/assets/app.js\",\"query\":\"v=3\",\"protocol\":\"HTTP/1.1\",\"status\":200,"
      "\"request_bytes\":7,\"response_bytes\":18446744073709551615,\"encoding\":\"zstd\","
      "\"uncompressed_bytes\":70000,\"total_us\":1500,\"route\":\"assets\","
      "\"pool\":\"app\",\"backend\":\"app-2\",\"backend_address\":\"10.0.1.12:8080\","
      "\"connection_reused\":true,\"retries\":1,\"hedges\":2,\"choose_us\":20,\"connect_us\":300,\"first_byte_us\":900,"
      "\"cache\":\"hit\",\"cache_reason\":\"fresh\",\"cache_age\":17,"
      "\"user_agent\":\"curl/8.0\",\"referer\":\"https://www.example.com/\",\"tls_version\":\"TLSv1.3\","
      "\"tls_cipher\":\"TLS_AES_128_GCM_SHA256\",\"tls_resumed\":\"true\",\"sni\":\"www.example.com\","
      "\"tls_client_subject\":\"CN=ada\",\"tls_client_fingerprint\":\"0a1b\",\"dns_type\":\"AAAA\","
      "\"dns_subnet\":\"203.0.113.0/"
      "24\",\"dns_rcode\":\"NOERROR\",\"dns_reason\":\"country\",\"ending\":\"client_gone\","
      "\"detail\":\"the client closed the connection\"}\n");
}

TEST(JsonFormat, AQueryOfDns) {
  Entry entry;
  entry.arrived = base::WallTime(std::chrono::milliseconds(1'763'877'025'123));
  entry.client = *base::IpAddress::parse("192.0.2.53");
  entry.region = "eu";
  entry.listener = "names";
  entry.host = "wWw.example.com";
  entry.protocol = kDnsOverUdp;
  entry.pool = "web";
  entry.dns_type = "AAAA";
  entry.dns_subnet = "203.0.113.0/24";
  entry.dns_rcode = "NOERROR";
  entry.dns_reason = "failover";
  entry.request_bytes = 61;
  entry.response_bytes = 93;
  entry.total_us = 2;
  EXPECT_EQ(line("json", entry),
            "{\"time\":\"2025-11-23T05:50:25.123Z\",\"client\":\"192.0.2.53\",\"region\":\"eu\",\"listener\":\"names\","
            "\"host\":\"wWw.example.com\",\"protocol\":\"dns/udp\",\"request_bytes\":61,\"response_bytes\":93,"
            "\"total_us\":2,\"pool\":\"web\",\"dns_type\":\"AAAA\",\"dns_subnet\":\"203.0.113.0/24\","
            "\"dns_rcode\":\"NOERROR\",\"dns_reason\":\"failover\"}\n");
}

TEST(JsonFormat, WhatIsAbsentHasNoMember) {
  EXPECT_EQ(line("json", Entry{}),
            "{\"time\":\"1970-01-01T00:00:00.000Z\",\"client\":\"0.0.0.0\",\"status\":0,\"request_bytes\":0,"
            "\"response_bytes\":0,\"total_us\":0}\n");
}

TEST(JsonFormat, CutTextsAreMarkedAndNamed) {
  Entry entry = full_entry();
  entry.cut = std::uint64_t{1} << (find_field("path") - kFields.data()) |
              std::uint64_t{1} << (find_field("user_agent") - kFields.data());
  const nlohmann::json parsed = nlohmann::json::parse(line("json", entry));
  EXPECT_EQ(parsed["path"], "/assets/app.js...");
  EXPECT_EQ(parsed["user_agent"], "curl/8.0...");
  EXPECT_EQ(parsed["host"], "www.example.com");
  EXPECT_EQ(parsed["cut"], nlohmann::json({"path", "user_agent"}));
  EXPECT_EQ(line("{path} {uri} [{cut}]", entry), "/assets/app.js... /assets/app.js...?v=3 [path,user_agent]\n");
}

TEST(JsonFormat, AnyBytesOfAnyLengthAreOneLineOfValidJson) {
  base::Result<Format> format = Format::compile("json");
  ASSERT_TRUE(format);
  base::Random random(7);
  for (int round = 0; round < 300; ++round) {
    Entry entry;
    std::vector<std::string> texts;
    texts.reserve(kFields.size());
    for (const Field& field : kFields) {
      if (field.kind != FieldKind::kText) continue;
      std::string& text = texts.emplace_back(round == 0 ? field.bytes_max : random.below(field.bytes_max + 1u), '\xff');
      for (char& c : text) c = round == 0 ? '\x01' : static_cast<char>(random.below(256));
      entry.*field.text = text;
    }
    entry.cut = static_cast<std::uint32_t>(random.next()) & (1u << 31 >> 1);
    entry.client = *base::IpAddress::parse("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
    const std::string written = line(*format, entry);
    ASSERT_EQ(written.find('\n'), written.size() - 1);
    const nlohmann::json parsed = nlohmann::json::parse(written, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << "round " << round;
  }
}

TEST(CombinedFormat, IsApaches) {
  EXPECT_EQ(line("combined", full_entry()),
            "203.0.113.9 - - [23/Nov/2026:05:50:25 +0000] \"GET /assets/app.js?v=3 HTTP/1.1\" 200 "
            "18446744073709551615 \"https://www.example.com/\" \"curl/8.0\"\n");
  EXPECT_EQ(line("combined", Entry{}), "0.0.0.0 - - [01/Jan/1970:00:00:00 +0000] \"-\" 0 0 \"-\" \"-\"\n");
}

TEST(CombinedFormat, AClientCannotBreakOut) {
  Entry entry = full_entry();
  entry.user_agent = "x\" 200 1\n127.0.0.1 - -";
  EXPECT_THAT(line("combined", entry), HasSubstr("\"x\\\" 200 1\\x0a127.0.0.1 - -\"\n"));
}

TEST(TextFormat, EveryFieldByItsName) {
  for (const Field& field : kFields) {
    const std::string written = line("<{" + std::string(field.name) + "}>", full_entry());
    EXPECT_THAT(written, testing::MatchesRegex("<.+>\n")) << field.name;
    EXPECT_EQ(written == "<->\n", field.name == "cut") << field.name << " has nothing: " << written;
  }
  EXPECT_EQ(line("{status} {method} {uri} {choose_us}+{connect_us}+{first_byte_us}/{total_us} {retries} "
                 "{connection_reused} {{pool}/{backend}@{backend_address}}",
                 full_entry()),
            "200 GET /assets/app.js?v=3 20+300+900/1500 1 true {app/app-2@10.0.1.12:8080}\n");
}

TEST(Format, WritesEveryNumber) {
  base::Result<Format> format = Format::compile("{total_us}");
  ASSERT_TRUE(format);
  Entry entry;
  const auto expect_written = [&](std::uint64_t number) {
    entry.total_us = number;
    EXPECT_EQ(line(*format, entry), std::to_string(number) + "\n");
  };
  std::uint64_t power = 1;
  for (int i = 0; i < 20; ++i, power *= 10) {
    for (const std::uint64_t number : {power - 1, power, power + 1}) expect_written(number);
  }
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t number : {(1ull << bit) - 1, 1ull << bit, (1ull << bit) + 1}) expect_written(number);
  }
  expect_written(~std::uint64_t{0});
}

TEST(TextFormat, WhatIsAbsentIsADash) {
  EXPECT_EQ(line("{route} {pool} {backend} {connect_us} {retries} {connection_reused} {uri} {request} {cut} {status}",
                 Entry{}),
            "- - - - - - - - - 0\n");
}

TEST(TextFormat, ErrorsNameTheFieldsThereAre) {
  EXPECT_THAT(line("{pathh}", Entry{}), HasSubstr("access_log.format: no field named 'pathh' (did you mean 'path'?)"));
  EXPECT_THAT(line("{xxxxxxxx}", Entry{}), HasSubstr("no field named 'xxxxxxxx'; there are time, combined_time, "));
  EXPECT_THAT(line("{path", Entry{}), HasSubstr("no {field} in it"));
  EXPECT_THAT(line("jsonn", Entry{}), HasSubstr("no {field} in it"));
  EXPECT_THAT(line("", Entry{}), HasSubstr("no {field} in it"));
  EXPECT_THAT(line("{path}\n{query}", Entry{}), HasSubstr("a line break"));
}

TEST(TextFormat, OtherBracesAreThemselves) {
  EXPECT_EQ(line("{\"path\":\"{path}\"} {} {", full_entry()), "{\"path\":\"/assets/app.js\"} {} {\n");
}

TEST(TextFormat, HasExactlyTheNamesOfTheConfiguration) {
  std::vector<std::string_view> names;
  for (const Field& field : kFields) names.push_back(field.name);
  EXPECT_THAT(config::access_log_placeholders(), testing::ElementsAreArray(names));
}

TEST(TextFormat, ABoundOnFields) {
  std::string format;
  for (std::size_t i = 0; i < Format::kPartsMax; ++i) format += "{status}";
  EXPECT_TRUE(Format::compile(format));
  format += "{status}";
  EXPECT_THAT(line(format, Entry{}), HasSubstr("more than 64 fields"));
}

TEST(TextFormat, TheLongestLineFits) {
  const std::string path(kTargetBytesMax, '\x01');
  const std::string text(kTextBytesMax, '\x01');
  Entry entry = full_entry();
  entry.path = entry.query = path;
  entry.method = entry.protocol = text;
  entry.cut = ~std::uint32_t{0} >> 1;
  const std::string written = line("{request}{uri}{cut}", entry);
  EXPECT_GT(written.size(), 4 * (4 * kTargetBytesMax + 2 * kTextBytesMax));
}

}  // namespace
}  // namespace headgate::proxy::access_log::line
