#include "proxy/admin/api/openapi.h"

#include <gtest/gtest.h>

#include <set>

#include "proxy/admin/api/router.h"
#include "proxy/admin/json_values.h"

namespace headgate::proxy::admin::api {
namespace {

std::string lowered(std::string_view method) {
  std::string out(method);
  for (char& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

TEST(OpenApi, DescribesExactlyTheRoutesOfTheTable) {
  const Json description = Json::parse(embedded_files()[0].bytes);
  std::set<std::string> described;
  for (const auto& [path, operations] : description["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) described.insert(method + " " + path);
  }
  std::set<std::string> served;
  for (const Route& route : routes()) served.insert(lowered(name_of(route.method)) + " " + std::string(route.path));
  EXPECT_EQ(described, served);
}

TEST(OpenApi, SaysWhatNeedsTheToken) {
  const Json description = Json::parse(embedded_files()[0].bytes);
  for (const Route& route : routes()) {
    const Json& operation = description["paths"][std::string(route.path)][lowered(name_of(route.method))];
    const Json expected =
        route.purpose == Purpose::kChange ? Json::parse(R"([{"token": []}])") : Json::parse(R"([{}, {"token": []}])");
    EXPECT_EQ(operation["security"], expected) << route.path;
  }
}

}  // namespace
}  // namespace headgate::proxy::admin::api
