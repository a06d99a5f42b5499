#include "wire/load_report/agent.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::wire::load_report {
namespace {

using Operation = AgentReply::Operation;
using Administration = AgentReply::Administration;

TEST(AgentLine, APercentage) {
  const auto reply = parse_agent_line("75%\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->percent, 75u);
  EXPECT_EQ(reply->operation, Operation::kUnsaid);
  EXPECT_EQ(reply->administration, Administration::kUnsaid);
  EXPECT_EQ(parse_agent_line("0%\n")->percent, 0u);
  EXPECT_EQ(parse_agent_line("250%\n")->percent, 100u);
}

TEST(AgentLine, Words) {
  EXPECT_EQ(parse_agent_line("up\n")->operation, Operation::kUp);
  for (std::string_view down : {"down\n", "FAIL\n", "stopped\r\n"}) {
    EXPECT_EQ(parse_agent_line(down)->operation, Operation::kDown) << down;
  }
  EXPECT_EQ(parse_agent_line("ready\n")->administration, Administration::kReady);
  EXPECT_EQ(parse_agent_line("Drain\n")->administration, Administration::kDrain);
  EXPECT_EQ(parse_agent_line("maint\n")->administration, Administration::kMaintenance);
}

TEST(AgentLine, SeveralAtOnce) {
  const auto reply = parse_agent_line("  ready,up\t50% , maxconn:30 # quiet today\nrest");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->percent, 50u);
  EXPECT_EQ(reply->operation, Operation::kUp);
  EXPECT_EQ(reply->administration, Administration::kReady);
  EXPECT_EQ(reply->why, "quiet today");
}

TEST(AgentLine, WhyItIsDown) {
  EXPECT_EQ(parse_agent_line("down # disk is full\n")->why, "disk is full");
  EXPECT_EQ(parse_agent_line("down the disk is full\n")->why, "the disk is full");
}

TEST(AgentLine, WhatIsNoReplyGivesNothing) {
  for (std::string_view bad : {"", "\n", "   \n", "#why\n", "75%", "75\n", "%\n", "-5%\n", "99999999999%\n",
                               "up,wrong\n", "maxconn:\n", "maxconn:x\n", "HTTP/1.1 200 OK\r\n"}) {
    EXPECT_FALSE(parse_agent_line(bad)) << bad;
  }
  EXPECT_TRUE(parse_agent_line("up" + std::string(kAgentLineBytesMax - 2, ' ') + "\n"));
  EXPECT_FALSE(parse_agent_line("up" + std::string(kAgentLineBytesMax - 1, ' ') + "\n"));
}

}  // namespace
}  // namespace headgate::wire::load_report
