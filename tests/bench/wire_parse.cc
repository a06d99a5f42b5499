// What a head costs: parses or writes one COUNT times. Run under `valgrind --tool=callgrind` with two counts; the slope
// is the instructions of one, whatever else the machine does.
//
//     wire_parse_bench small-request|browser-request|response|write-request|write-response COUNT
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/arena.h"
#include "wire/http1/head_parser.h"
#include "wire/http1/head_writer.h"

namespace {

using namespace headgate;
using namespace headgate::wire;

constexpr std::string_view kSmallRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

constexpr std::string_view kBrowserRequest =
    "GET /assets/app/main.3f9c2d.js?v=12 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Referer: https://www.example.com/\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "Connection: keep-alive\r\n"
    "\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.22.1\r\n"
    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    "Content-Type: application/octet-stream\r\n"
    "Content-Length: 120\r\n"
    "Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\n"
    "Connection: keep-alive\r\n"
    "ETag: \"65a0c1d2-78\"\r\n"
    "Accept-Ranges: bytes\r\n"
    "\r\n";

struct Bench {
  base::Arena arena;
  http::RequestHead request;
  http::ResponseHead response;
  http1::Hop hop;
  http1::Refusal refusal;
  char out[1024];

  bool parse_request(std::string_view text) {
    std::size_t scanned = 0;
    arena.reset();
    return http1::parse_request_head(text, {}, scanned, arena, request, hop, refusal) == http1::ParseState::kDone;
  }
  bool parse_response(std::string_view text) {
    std::size_t scanned = 0;
    return http1::parse_response_head(text, {}, scanned, http::Method::kGet, response, hop, refusal) ==
           http1::ParseState::kDone;
  }
  bool write_request() {
    http1::HeadWriter writer(out, sizeof out);
    writer.request_line(request);
    writer.fields(request.fields, 0);
    writer.end();
    return !writer.overflowed();
  }
  bool write_response() {
    http1::HeadWriter writer(out, sizeof out);
    writer.status_line(response.status, response.reason);
    writer.fields(response.fields, 0);
    writer.end();
    return !writer.overflowed();
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const long count = argc > 2 ? std::atol(argv[2]) : 0;
  Bench bench;
  bench.parse_request(kBrowserRequest);
  bench.parse_response(kResponse);
  long good = 0;
  for (long i = 0; i < count; ++i) {
    if (what == "small-request") good += bench.parse_request(kSmallRequest);
    if (what == "browser-request") good += bench.parse_request(kBrowserRequest);
    if (what == "response") good += bench.parse_response(kResponse);
    if (what == "write-request") good += bench.write_request();
    if (what == "write-response") good += bench.write_response();
  }
  std::printf("%s: %ld\n", argc > 1 ? argv[1] : "nothing", good);
  return good == count && count > 0 ? 0 : 1;
}
