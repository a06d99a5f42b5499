#include "wire/load_report/load_report.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace headgate::wire::load_report {
namespace {

TEST(XLoad, ANumberOrAPercentage) {
  const std::pair<std::string_view, double> kGood[] = {
      {"0", 0},      {"1", 1},  {"0.73", 0.73}, {".5", 0.5},       {"1.0", 1},
      {" 0.2 ", .2}, {"0%", 0}, {"73%", 0.73},  {"73.5 %", 0.735}, {"100%", 1},
  };
  for (const auto& [text, load] : kGood) {
    ASSERT_TRUE(parse_x_load(text)) << text;
    EXPECT_DOUBLE_EQ(*parse_x_load(text), load) << text;
  }
}

TEST(XLoad, WhatCouldBeMeantOtherwiseGivesNothing) {
  for (std::string_view bad :
       {"", "%", "73", "1.01", "101%", "-0.1", "-0", "nan", "inf", "0.5 0.6", "0,5", "a", "0x1"}) {
    EXPECT_FALSE(parse_x_load(bad)) << bad;
  }
}

TEST(Orca, Text) {
  const std::pair<std::string_view, double> kGood[] = {
      {"TEXT cpu_utilization=0.3", 0.3},
      {"text cpu_utilization: 0.3", 0.3},
      {"cpu_utilization=0.3,mem_utilization=0.9", 0.3},
      {"TEXT named_metrics.cpu_utilization=0.9, cpu_utilization=0.25", 0.25},
      {"TEXT cpu_utilization=0.3,application_utilization=0.6", 0.6},
      {"TEXT application_utilization=0,cpu_utilization=0.3", 0.3},
      {"TEXT cpu_utilization=1.7", 1},
  };
  for (const auto& [text, load] : kGood) {
    ASSERT_TRUE(parse_orca(text)) << text;
    EXPECT_DOUBLE_EQ(*parse_orca(text), load) << text;
  }
  for (std::string_view bad : {"", "TEXT ", "TEXT mem_utilization=0.5", "TEXT cpu_utilization",
                               "TEXT cpu_utilization=", "TEXT cpu_utilization=x", "TEXT cpu_utilization=-1",
                               "TEXT cpu_utilization=nan", "TEXT cpu_utilization=0.1,cpu_utilization=0.2"}) {
    EXPECT_FALSE(parse_orca(bad)) << bad;
  }
}

TEST(Orca, Json) {
  EXPECT_DOUBLE_EQ(*parse_orca(R"(JSON {"cpu_utilization": 0.3, "named_metrics": {"a": 1}})"), 0.3);
  EXPECT_DOUBLE_EQ(*parse_orca(R"(JSON {"cpuUtilization": 0.3, "applicationUtilization": 0.5})"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_orca(R"(JSON {"cpu_utilization": 2})"), 1);
  for (std::string_view bad : {"JSON ", "JSON {", "JSON []", "JSON 0.3", R"(JSON {"cpu_utilization": "0.3"})",
                               R"(JSON {"cpu_utilization": -0.3})", R"(JSON {"mem_utilization": 0.3})"}) {
    EXPECT_FALSE(parse_orca(bad)) << bad;
  }
}

// cpu_utilization 0.3, mem_utilization 0.5, named_metrics {q: 1}, application_utilization 0.45, as protoc writes them.
constexpr std::string_view kWhole = "CTMzMzMzM9M/EQAAAAAAAOA/QgwKAXERAAAAAAAA8D9JzczMzMzM3D8=";

TEST(Orca, Binary) {
  EXPECT_DOUBLE_EQ(*parse_orca("BIN " + std::string(kWhole)), 0.45);
  EXPECT_DOUBLE_EQ(*parse_orca_binary(kWhole), 0.45);
  EXPECT_DOUBLE_EQ(*parse_orca_binary(kWhole.substr(0, kWhole.size() - 1)), 0.45) << "without padding";
  EXPECT_DOUBLE_EQ(*parse_orca_binary(kWhole.substr(0, 12)), 0.3);
  EXPECT_DOUBLE_EQ(*parse_orca_binary(""), 0) << "proto3 leaves out what is 0";
  for (std::string_view bad : {"C", "CTMzMzMz", "CT MzMzMzM9M/", "!!!!", "/////////////////w=="}) {
    EXPECT_FALSE(parse_orca_binary(bad)) << bad;
  }
}

TEST(Orca, TheLongestValueIsBounded) {
  const std::string head = "TEXT cpu_utilization=0.3,";
  EXPECT_FALSE(parse_orca(head + "named_metrics.x=" + std::string(kReportBytesMax, '1')));
  EXPECT_FALSE(parse_orca_binary(std::string(kReportBytesMax + 1, 'A')));
  std::string longest = head;
  while (longest.size() + 4 <= kReportBytesMax) longest += "a=1,";
  longest.resize(kReportBytesMax, ' ');
  EXPECT_TRUE(parse_orca(longest)) << longest.size();
}

}  // namespace
}  // namespace headgate::wire::load_report
