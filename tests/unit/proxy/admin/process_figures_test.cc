#include "proxy/admin/process_figures.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace headgate::proxy::admin {
namespace {

TEST(ProcessFigures, AreThisProcess) {
  const ProcessFigures before = read_process_figures();
  EXPECT_GT(before.resident_bytes, 1u << 20);
  EXPECT_GE(before.open_descriptors, 3u);
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  EXPECT_EQ(before.max_descriptors, descriptors.rlim_cur);
  EXPECT_GT(before.cpu_seconds, 0);

  const int one_more = ::open("/dev/null", O_RDONLY);
  EXPECT_EQ(read_process_figures().open_descriptors, before.open_descriptors + 1);
  ::close(one_more);
}

}  // namespace
}  // namespace headgate::proxy::admin
