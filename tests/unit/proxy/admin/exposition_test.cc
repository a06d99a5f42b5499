#include "proxy/admin/metrics/exposition.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/admin/exposition_parser.h"

namespace headgate::proxy::admin::metrics {
namespace {

using namespace std::chrono_literals;

TEST(Labels, EscapesWhatThePageNeedsEscaped) {
  const Labels labels{{"a", "x\\y"}, {"b", "say \"hi\"\n"}};
  EXPECT_EQ(labels.text(), "a=\"x\\\\y\",b=\"say \\\"hi\\\"\\n\"");
  EXPECT_EQ(labels.with("c", "3").text(), "a=\"x\\\\y\",b=\"say \\\"hi\\\"\\n\",c=\"3\"");
  EXPECT_EQ(Labels{}.text(), "");
  EXPECT_EQ(Labels{}.with("c", "").text(), "c=\"\"");
}

TEST(Exposition, WritesFamiliesAndSamples) {
  Exposition out;
  out.begin(Family{"x_total", Type::kCounter, "", "Help."});
  out.sample(std::uint64_t{18'446'744'073'709'551'615u});
  out.begin(Family{"y", Type::kGauge, "", "More help."});
  out.sample("l=\"1\"", 0.25);
  out.sample("l=\"2\"", base::WallTime(1'795'413'025'123'456'789ns));
  out.begin(Family{"z", Type::kHistogram, "", "Much help."});
  out.bucket("l=\"1\"", "0.5", 1);
  out.bucket("l=\"1\"", "+Inf", 2);
  out.sum_and_count("l=\"1\"", 1.5, 2);
  out.bucket("", "+Inf", 0);
  out.sum_and_count("", 0, 0);
  EXPECT_EQ(out.take(),
            "# HELP x_total Help.\n# TYPE x_total counter\nx_total 18446744073709551615\n"
            "# HELP y More help.\n# TYPE y gauge\ny{l=\"1\"} 0.25\ny{l=\"2\"} 1795413025.123\n"
            "# HELP z Much help.\n# TYPE z histogram\nz_bucket{l=\"1\",le=\"0.5\"} 1\nz_bucket{l=\"1\",le=\"+Inf\"} 2\n"
            "z_sum{l=\"1\"} 1.5\nz_count{l=\"1\"} 2\nz_bucket{le=\"+Inf\"} 0\nz_sum 0\nz_count 0\n");
}

TEST(ExpositionParser, RefusesWhatAScraperRefuses) {
  const auto complains = [](std::string_view text) { return ExpositionParser().parse(text).has_value(); };
  const std::string good = "# HELP a_total h\n# TYPE a_total counter\na_total{x=\"1\"} 2\n";
  EXPECT_FALSE(complains(good));
  EXPECT_TRUE(complains(good + "a_total{x=\"1\"} 3\n")) << "a series twice";
  EXPECT_TRUE(complains(good + "b_total 3\n")) << "no family";
  EXPECT_TRUE(complains(good + "a_total{x=\"1} 3\n"));
  EXPECT_TRUE(complains(good + "a_total{x=\"\\q\"} 3\n"));
  EXPECT_TRUE(complains(good + "a_total{x=\"2\"} three\n"));
  EXPECT_TRUE(complains(good + "a_total{x=\"2\"} 3"));
  EXPECT_TRUE(complains("a_total 3\n"));
  const std::string histogram = "# HELP h h\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\n";
  EXPECT_FALSE(complains(histogram + "h_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 2\n"));
  EXPECT_TRUE(complains(histogram + "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"));
  EXPECT_TRUE(complains(histogram + "h_bucket{le=\"+Inf\"} 3\nh_sum 1\nh_count 2\n"));
  EXPECT_TRUE(complains(histogram + "h_sum 1\nh_count 2\n"));
}

}  // namespace
}  // namespace headgate::proxy::admin::metrics
