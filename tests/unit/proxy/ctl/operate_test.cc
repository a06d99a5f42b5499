#include "proxy/ctl/words/operate.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/ctl/answers.h"

namespace headgate::proxy::ctl::words {
namespace {

using client::Json;
using testing::backend;
using testing::backends;

std::string said(const Wish& wish, const Json& answer) {
  return operation_text(wish, backends(), answer, {});
}

Json with_mode(Json of, const std::string& mode, double percent, double target, const Json& until = nullptr) {
  of["operator"]["mode"] = mode;
  of["operator"]["weight_percent"] = percent;
  of["operator"]["target_percent"] = target;
  of["operator"]["until"] = until;
  return of;
}

TEST(Operate, ABackendIsFoundByItsNames) {
  EXPECT_EQ(find_backend(backends(), "app/app-2")->pool, "app");
  EXPECT_EQ(find_backend(backends(), "app-2")->id, "app-2");
  EXPECT_EQ(find_backend(backends(), "files-1")->pool, "static");
  Json twice = backends();
  twice["backends"].push_back(backend("static", "app-1"));
  EXPECT_EQ(find_backend(twice, "app-1").error().message,
            "'app-1' is in 2 pools: write one of app/app-1, static/app-1");
  EXPECT_EQ(find_backend(twice, "static/app-1")->pool, "static");
}

TEST(Operate, OneIdWithSeveralAddressesIsOneBackend) {
  Json several = {{"backends", {backend("app", "name:80"), backend("app", "name:80")}}};
  EXPECT_EQ(find_backend(several, "name:80")->pool, "app");
}

TEST(Operate, AnIdMayHaveSlashes) {
  const Json unix_socket = {{"backends", {backend("app", "unix:/run/app.sock")}}};
  EXPECT_EQ(find_backend(unix_socket, "unix:/run/app.sock")->pool, "app");
  EXPECT_EQ(find_backend(unix_socket, "app/unix:/run/app.sock")->id, "unix:/run/app.sock");
}

TEST(Operate, WhatIsNotThereIsTheDaemonsToSay) {
  EXPECT_EQ(find_backend(backends(), "app/app-9")->id, "app-9");
  EXPECT_EQ(find_backend(backends(), "app-9").error().message,
            "no backend 'app-9' (did you mean 'app-1'?); `headgate ctl backends` lists them");
  EXPECT_EQ(find_backend(backends(), "\x1b[2J").error().message,
            "no backend '\\x1b[2J'; `headgate ctl backends` lists them");
}

TEST(Operate, TheQuestion) {
  const client::Question question = question_of(
      {.operation = Operation::kDrain, .backend = "", .over = "60s", .why = "deploy"}, {"my pool", "[::1]:80"});
  EXPECT_EQ(question.path, "/pools/my%20pool/backends/%5B%3A%3A1%5D%3A80/drain");
  EXPECT_EQ(question.method, "POST");
  EXPECT_EQ(question.body->dump(), R"({"over":"60s","why":"deploy"})");
  EXPECT_EQ(question_of({.operation = Operation::kWeight, .percent = 50}, {"a", "b"}).body->dump(),
            R"({"percent":50})");
}

TEST(Operate, ADrainSaysWhatWillHappen) {
  EXPECT_EQ(
      said({.operation = Operation::kDrain, .over = "60s"}, with_mode(backend("app", "app-1"), "draining", 100, 0)),
      "app/app-1: weight goes from 100 to 0 % within 60 s, then draining; 12 requests run on it\n");
  Json quiet = backend("app", "app-1", "draining");
  quiet["requests_in_flight"] = 0;
  EXPECT_EQ(said({.operation = Operation::kDrain}, quiet),
            "app/app-1: draining, no new requests; nothing runs on it\n");
  EXPECT_EQ(said({.operation = Operation::kDrain, .over = "0"}, quiet),
            "app/app-1: draining, no new requests; nothing runs on it\n");
}

TEST(Operate, TheOthers) {
  EXPECT_EQ(said({.operation = Operation::kDisable}, backend("app", "app-1", "disabled")),
            "app/app-1: disabled, out at once; 12 requests run on it\n");
  EXPECT_EQ(said({.operation = Operation::kEnable}, backend("app", "app-1")),
            "app/app-1: enabled, with all of its weight; it is up\n");
  EXPECT_EQ(said({.operation = Operation::kEnable, .over = "5m"}, backend("app", "app-2", "down", "HTTP 503")),
            "app/app-2: weight goes from 100 to 100 % within 5 min; but it is down (HTTP 503)\n");
  EXPECT_EQ(said({.operation = Operation::kWeight, .percent = 25}, backend("app", "app-1")),
            "app/app-1: has 25 % of its weight; it is up\n");
}

TEST(Operate, AnEnableGrowsFromWhatWasLeft) {
  const Json before = {{"backends", {with_mode(backend("app", "app-1", "draining"), "draining", 100, 0)}}};
  EXPECT_EQ(operation_text({.operation = Operation::kEnable, .over = "90s"}, before, backend("app", "app-1"), {}),
            "app/app-1: weight goes from 0 to 100 % within 90 s; it is up\n");
}

TEST(Operate, EachAddressHasItsLine) {
  const Json several = {{"backends", {backend("app", "app-1"), backend("app", "app-1")}}};
  EXPECT_EQ(said({.operation = Operation::kDisable}, several),
            "app/app-1 (app-1.internal:8080): disabled, out at once; 12 requests run on it\n"
            "app/app-1 (app-1.internal:8080): disabled, out at once; 12 requests run on it\n");
}

TEST(Operate, WhatIsLeft) {
  const Json up = {{"backends", {backend("app", "app-1")}}};
  EXPECT_FALSE(remainder_of(up, "app-1").is_leaving);
  EXPECT_FALSE(remainder_of(up, "other").is_known);
  const Json on_its_way = {
      {"backends", {with_mode(backend("app", "app-1"), "enabled", 40, 0, "2026-11-26T01:05:00.000Z")}}};
  EXPECT_TRUE(remainder_of(on_its_way, "app-1").is_leaving);
  EXPECT_EQ(remainder_of(on_its_way, "app-1").weight_percent, 40);
  const Json gone = {{"backends", {with_mode(backend("app", "app-1", "draining"), "draining", 100, 0)}}};
  EXPECT_TRUE(remainder_of(gone, "app-1").is_leaving);
  EXPECT_EQ(remainder_of(gone, "app-1").weight_percent, 0);
  EXPECT_EQ(remainder_of(gone, "app-1").requests, 12u);
}

}  // namespace
}  // namespace headgate::proxy::ctl::words
