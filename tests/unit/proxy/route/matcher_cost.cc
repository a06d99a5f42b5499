// What one match costs, in instructions: the slope between two counts of matches, the same on a busy machine.
//   valgrind --tool=callgrind --callgrind-out-file=/dev/null headgate_route_cost SHAPE ROUTES MATCHES
// SHAPE: paths | hosts | prefixes | headers | regexes | wildcards | mixed. Exit status 1 if a match finds another route
// than the one it is meant to find.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/unit/proxy/route/requests.h"

namespace headgate::proxy::route {
namespace {

config::Match match_of(const std::string& shape, std::size_t i) {
  config::Match out;
  if (shape == "hosts" || shape == "mixed") out.hosts = {fmt::format("host-{:05}.example.com", i)};
  if (shape == "wildcards") out.hosts = {fmt::format("*.zone-{:05}.example.com", i)};
  if (shape == "prefixes") {
    out.hosts = {"www.example.com"};
    out.path = fmt::format("/service-{:05}/", i);
  }
  if (shape == "paths") out.path = fmt::format("/service-{:05}/", i);
  if (shape == "mixed") {
    out.path = "/api/";
    out.methods = {"GET", "HEAD"};
  }
  if (shape == "headers") out.headers = {{"X-Tenant", fmt::format("tenant-{:05}", i)}};
  if (shape == "regexes") out.path_regex = fmt::format("^/users-{:05}/[0-9]+/", i);
  return out;
}

int run(const std::string& shape, std::size_t routes_count, std::size_t matches) {
  std::vector<config::Route> routes(routes_count + 1);
  for (std::size_t i = 0; i < routes_count; ++i) routes[i].match = match_of(shape, i);
  const base::Result<Matcher> matcher = Matcher::compile(routes, {});
  if (!matcher) return 1;
  const std::size_t wanted = routes_count / 2;
  const std::string host = shape == "hosts" || shape == "mixed" ? fmt::format("host-{:05}.example.com", wanted)
                           : shape == "wildcards"               ? fmt::format("www.zone-{:05}.example.com", wanted)
                                                                : "www.example.com";
  const std::string target = shape == "prefixes" || shape == "paths" ? fmt::format("/service-{:05}/items/1", wanted)
                             : shape == "regexes"                    ? fmt::format("/users-{:05}/17/edit", wanted)
                                                                     : "/api/items/1";
  const std::string tenant = fmt::format("tenant-{:05}", wanted);
  TestRequest request(host, target);
  request.with("Host", host).with("User-Agent", "curl/8").with("Accept", "*/*");
  if (shape == "headers") request.with("X-Tenant", tenant);
  for (std::size_t i = 0; i < matches; ++i) {
    if (matcher->find(request.input()) != wanted) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace headgate::proxy::route

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: headgate_route_cost SHAPE ROUTES MATCHES\n");
    return 2;
  }
  return headgate::proxy::route::run(arguments[1], std::strtoul(arguments[2], nullptr, 10),
                                     std::strtoul(arguments[3], nullptr, 10));
}
