#include "wire/http2/session.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/http2/two_sessions.h"

namespace headgate::wire::http2 {
namespace {

using http::FieldId;

http::RequestHead get(std::string_view path) {
  http::RequestHead head;
  head.path = path;
  head.method_text = "GET";
  return head;
}

Session::RequestExtras to(std::string_view authority) {
  Session::RequestExtras extras;
  extras.authority = authority;
  return extras;
}

TEST(Session, carries_a_request_and_its_answer) {
  NotingServer server;
  NotingClient client;
  NotingStream stream(false, &client.session);
  http::RequestHead head = get("/a");
  head.has_query = true;
  head.query = "b=c";
  head.fields.add("X-Some", "Thing");
  head.fields.add(FieldId::kAccept, "*/*");
  client.session.request(stream, head, 0, to("example.com:8080"));
  converse(client.session, server.session);

  ASSERT_EQ(server.streams.size(), 1u);
  NotingStream& got = server.last();
  EXPECT_EQ(got.heads, 1);
  EXPECT_TRUE(got.facts.ended);
  EXPECT_EQ(got.request.method, http::Method::kGet);
  EXPECT_EQ(got.request.path, "/a");
  EXPECT_EQ(got.request.query, "b=c");
  EXPECT_EQ(got.request.host, "example.com");
  EXPECT_EQ(got.request.port, "8080");
  EXPECT_EQ(got.request.fields.value_of(FieldId::kHost), "example.com:8080");
  EXPECT_EQ(got.request.fields.find("x-some")->value, "Thing");
  EXPECT_EQ(got.request.fields.find(FieldId::kAccept)->name, "Accept");

  http::Fields fields;
  fields.add("Server-Timing", "x");
  fields.add(FieldId::kConnection, "close");
  got.outgoing = "hello";
  server.session.respond(got, 200, fields, http::Fields::bit(FieldId::kConnection), 5, true);
  converse(client.session, server.session);
  EXPECT_EQ(stream.response.status, 200);
  EXPECT_EQ(stream.response.fields.find("server-timing")->value, "x");
  EXPECT_EQ(stream.facts.content_length, 5u);
  EXPECT_EQ(stream.body, "hello");
  EXPECT_TRUE(stream.ended);
  EXPECT_TRUE(stream.is_closed);
  EXPECT_TRUE(got.is_closed);
  EXPECT_EQ(got.closed_why, ErrorCode::kNoError);
  EXPECT_EQ(server.session.streams_open(), 0u);
}

TEST(Session, carries_bodies_and_trailers_both_ways_and_interim_answers) {
  NotingServer server;
  NotingClient client;
  NotingStream stream(false, &client.session);
  http::RequestHead head = get("/");
  head.method_text = "POST";
  stream.outgoing = std::string(100'000, 'u');
  stream.trailers_to_send.add("X-Sum", "1");
  Session::RequestExtras extras = to("a");
  extras.has_body = true;
  client.session.request(stream, head, 0, extras);
  converse(client.session, server.session);
  NotingStream& got = server.last();
  EXPECT_EQ(got.body.size(), 100'000u);
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.trailers.find("x-sum")->value, "1");

  http::Fields hints;
  hints.add("Link", "</a>");
  server.session.respond_interim(got, 103, hints, 0);
  got.outgoing = std::string(300'000, 'd');
  got.trailers_to_send.add("X-End", "2");
  server.session.respond(got, 200, {}, 0, std::nullopt, true);
  converse(client.session, server.session);
  EXPECT_EQ(stream.interims, std::vector<int>{103});
  EXPECT_EQ(stream.response.status, 200);
  EXPECT_EQ(stream.body.size(), 300'000u);
  EXPECT_EQ(stream.trailers.find("x-end")->value, "2");
  EXPECT_TRUE(stream.is_closed);
}

TEST(Session, stops_a_sender_at_the_window_of_who_does_not_consume) {
  Settings settings;
  settings.stream_window = 70'000;
  NotingServer server(settings);
  server.consumes = false;
  NotingClient client;
  NotingStream stream(false, &client.session);
  converse(client.session, server.session);  // its window is known before the request
  http::RequestHead head = get("/");
  head.method_text = "PUT";
  stream.outgoing = std::string(500'000, 'u');
  Session::RequestExtras extras = to("a");
  extras.has_body = true;
  client.session.request(stream, head, 0, extras);
  converse(client.session, server.session);
  EXPECT_EQ(server.last().body.size(), 70'000u);
  server.session.consume(server.last(), 50'000);
  converse(client.session, server.session);
  EXPECT_EQ(server.last().body.size(), 120'000u);
}

// Pieces that are copied, of many streams that all have something to say at once: more than the outbox has memory for.
TEST(Session, says_no_more_at_once_than_its_outbox_has_room_for) {
  constexpr std::size_t kStreams = 60;
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{1024}, Outbox::kCopiedMax, Outbox::kCopiedMax + 1}) {
    NotingServer server;
    NotingClient client;
    std::vector<std::unique_ptr<NotingStream>> streams;
    for (std::size_t i = 0; i < kStreams; ++i) {
      streams.push_back(std::make_unique<NotingStream>(false, &client.session));
      client.session.request(*streams.back(), get("/"), 0, to("a"));
    }
    converse(client.session, server.session);
    ASSERT_EQ(server.streams.size(), kStreams);
    for (const auto& stream : server.streams) {
      stream->outgoing.assign(bytes, 'x');
      server.session.respond(*stream, 200, {}, 0, bytes, true);
    }
    converse(server.session, client.session);
    for (const auto& stream : streams) {
      EXPECT_EQ(stream->body, std::string(bytes, 'x'));
      EXPECT_TRUE(stream->ended);
    }
  }
}

TEST(Session, resets_by_either_side_and_streams_that_are_destroyed) {
  NotingServer server;
  NotingClient client;
  NotingStream first(false, &client.session);
  auto second = std::make_unique<NotingStream>(false, &client.session);
  client.session.request(first, get("/1"), 0, to("a"));
  client.session.request(*second, get("/2"), 0, to("a"));
  converse(client.session, server.session);
  server.session.reset(*server.streams[0], ErrorCode::kInternalError);
  second.reset();
  converse(client.session, server.session);
  EXPECT_TRUE(first.is_closed);
  EXPECT_TRUE(first.closed_by_peer);
  EXPECT_EQ(first.closed_why, ErrorCode::kInternalError);
  EXPECT_FALSE(server.streams[0]->closed_by_peer);
  EXPECT_TRUE(server.streams[1]->closed_by_peer);
  EXPECT_EQ(server.streams[1]->closed_why, ErrorCode::kCancel);
}

TEST(Session, leaves_in_two_steps) {
  NotingServer server;
  NotingClient client;
  NotingStream early(false, &client.session);
  client.session.request(early, get("/1"), 0, to("a"));
  converse(client.session, server.session);
  server.session.announce_leaving();
  server.session.ping();
  converse(client.session, server.session);
  EXPECT_EQ(server.pongs, 1);
  EXPECT_TRUE(client.left);
  EXPECT_FALSE(client.session.can_request());
  EXPECT_FALSE(early.is_closed);
  server.session.leave();
  server.session.respond(server.last(), 204, {}, 0, std::nullopt, false);
  converse(client.session, server.session);
  EXPECT_EQ(early.response.status, 204);
  EXPECT_TRUE(server.session.is_over());
}

TEST(Session, tells_a_client_what_the_server_takes) {
  Settings settings;
  settings.streams_max = 2;
  NotingServer server(settings);
  NotingClient client;
  EXPECT_EQ(client.session.peer_streams_max(), 100u);
  converse(client.session, server.session);
  EXPECT_EQ(client.session.peer_streams_max(), 2u);
  EXPECT_TRUE(client.session.peer_takes_connect());
  NotingStream a(false), b(false);
  client.session.request(a, get("/"), 0, to("a"));
  EXPECT_TRUE(client.session.can_request());
  client.session.request(b, get("/"), 0, to("a"));
  EXPECT_FALSE(client.session.can_request());
}

TEST(Session, says_of_a_request_that_goaway_came_before_that_it_was_not_seen) {
  NotingServer server;
  NotingClient client;
  converse(client.session, server.session);
  EXPECT_TRUE(client.session.knows_peer());
  NotingStream stream(false, &client.session);
  client.session.request(stream, get("/"), 0, to("a"));
  server.session.leave();
  EXPECT_TRUE(client.session.receive(said_by(server.session), base::Time{} + std::chrono::hours(1)));
  EXPECT_TRUE(client.left);
  static_cast<void>(said_by(client.session));  // it would have said the request now
  EXPECT_TRUE(stream.is_closed);
  EXPECT_EQ(stream.closed_why, ErrorCode::kRefusedStream);
  EXPECT_FALSE(stream.is_open());
  EXPECT_TRUE(server.streams.empty());
}

TEST(Session, forgets_a_request_that_was_given_up_before_it_went_out) {
  NotingServer server;
  NotingClient client;
  converse(client.session, server.session);
  {
    NotingStream stream(false, &client.session);
    client.session.request(stream, get("/"), 0, to("a"));
  }
  converse(client.session, server.session);
  EXPECT_EQ(client.session.streams_open(), 0u);
  EXPECT_TRUE(server.streams.empty());
  NotingStream next(false, &client.session);
  client.session.request(next, get("/"), 0, to("a"));
  converse(client.session, server.session);
  EXPECT_EQ(server.streams.size(), 1u);
}

TEST(Session, makes_a_websocket_of_an_extended_connect) {
  NotingServer server;
  NotingClient client;
  converse(client.session, server.session);
  NotingStream stream(false, &client.session);
  Session::RequestExtras extras = to("a");
  extras.protocol = "websocket";
  extras.has_body = true;
  stream.outgoing_complete = false;
  client.session.request(stream, get("/chat"), 0, extras);
  converse(client.session, server.session);
  EXPECT_EQ(server.last().facts.protocol, "websocket");
  EXPECT_EQ(server.last().request.method, http::Method::kGet);
  EXPECT_EQ(server.last().request.path, "/chat");
  EXPECT_FALSE(server.last().facts.ended);
}

}  // namespace
}  // namespace headgate::wire::http2
