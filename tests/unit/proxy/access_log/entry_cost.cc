// What an exchange pays for its entry, and what the writer pays, in instructions: of each function, divided by
// kEntries.
//   valgrind --tool=callgrind --callgrind-out-file=out headgate_access_log_cost [FORMAT]; callgrind_annotate out
#include <memory>

#include "proxy/access_log/line/format.h"
#include "proxy/access_log/ring.h"
#include "tests/unit/proxy/access_log/entries.h"

int main(int argc, char** argv) {
  using namespace headgate::proxy::access_log;
  constexpr int kEntries = 10'000;
  headgate::base::Result<line::Format> format = line::Format::compile(argc > 1 ? argv[1] : "json");
  if (!format) return 2;
  const std::unique_ptr<char[]> line(new char[format->line_bytes_max()]);
  Ring ring(1);
  Entry sent = full_entry();
  sent.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  sent.ending = sent.detail = {};
  sent.response_bytes = 16'384;
  for (int i = 0; i < kEntries; ++i) {
    sent.arrived += std::chrono::microseconds(17);
    if (ring.wants()) ring.push(sent);
    Entry got;
    if (!ring.front(got)) return 1;
    if (format->write(got, line.get()) == line.get()) return 1;
    ring.pop();
  }
  return 0;
}
