#include "proxy/access_log/entry.h"

#include <gtest/gtest.h>

namespace headgate::proxy::access_log {
namespace {

using namespace std::chrono_literals;

message::Record record_of_a_proxied_exchange() {
  message::Record record;
  record.arrived = base::WallTime(1000s);
  record.start = base::Time(10s);
  record.backend_chosen = base::Time(10s + 5us);
  record.connected = base::Time(10s + 105us);
  record.response_head = base::Time(10s + 1105us);
  record.end = base::Time(10s + 1200us);
  record.route = "all";
  record.pool = "app";
  record.backend = "app-1";
  record.backend_address = "10.0.0.1:80";
  record.status = 200;
  record.retries = 2;
  record.hedges = 1;
  record.connection_reused = true;
  record.request_body_bytes = 3;
  record.response_body_bytes = 4;
  record.ending = "e";
  record.detail = "d";
  return record;
}

TEST(EntryOf, TakesEverythingFromRecordAndRequest) {
  message::Request request;
  request.client = *base::IpAddress::parse("2001:db8::1");
  request.id = "id-1";
  request.secure = true;
  request.head.method_text = "PROPFIND";
  request.head.host = "example.com";
  request.head.path = "/a";
  request.head.query = "b=c";
  request.head.fields.add("user-agent", "ua");
  request.head.fields.add("REFERER", "ref");
  const Entry entry = entry_of(record_of_a_proxied_exchange(), request, "web", "HTTP/1.0", TellsPlace::kNo);
  EXPECT_EQ(entry.arrived, base::WallTime(1000s));
  EXPECT_EQ(entry.client, request.client);
  EXPECT_EQ(entry.listener, "web");
  EXPECT_EQ(entry.request_id, "id-1");
  EXPECT_EQ(entry.method, "PROPFIND");
  EXPECT_EQ(entry.scheme, "https");
  EXPECT_EQ(entry.host, "example.com");
  EXPECT_EQ(entry.path, "/a");
  EXPECT_EQ(entry.query, "b=c");
  EXPECT_EQ(entry.protocol, "HTTP/1.0");
  EXPECT_EQ(entry.route, "all");
  EXPECT_EQ(entry.pool, "app");
  EXPECT_EQ(entry.backend, "app-1");
  EXPECT_EQ(entry.backend_address, "10.0.0.1:80");
  EXPECT_EQ(entry.user_agent, "ua");
  EXPECT_EQ(entry.referer, "ref");
  EXPECT_EQ(entry.ending, "e");
  EXPECT_EQ(entry.detail, "d");
  EXPECT_EQ(entry.request_bytes, 3u);
  EXPECT_EQ(entry.response_bytes, 4u);
  EXPECT_EQ(entry.choose_us, 5u);
  EXPECT_EQ(entry.connect_us, 100u);
  EXPECT_EQ(entry.first_byte_us, 1000u);
  EXPECT_EQ(entry.total_us, 1200u);
  EXPECT_EQ(entry.status, 200);
  EXPECT_EQ(entry.retries, 2);
  EXPECT_EQ(entry.hedges, 1);
  EXPECT_TRUE(entry.connection_reused);
}

TEST(EntryOf, PhasesThatNeverHappenedAreZero) {
  message::Record record;
  record.start = base::Time(10s);
  record.end = base::Time(10s + 7us);
  const Entry entry = entry_of(record, message::Request{}, "web", "HTTP/1.1", TellsPlace::kNo);
  EXPECT_EQ(entry.total_us, 7u);
  EXPECT_EQ(entry.choose_us, 0u);
  EXPECT_EQ(entry.connect_us, 0u);
  EXPECT_EQ(entry.first_byte_us, 0u);
  EXPECT_EQ(entry.scheme, "http");
}

}  // namespace
}  // namespace headgate::proxy::access_log
