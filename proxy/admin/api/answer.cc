#include "proxy/admin/api/answer.h"

#include "wire/http/status.h"

namespace headgate::proxy::admin::api {

Answer problem(std::uint16_t status, std::string_view detail) {
  Json body = Json::object();
  body["title"] = wire::http::reason_phrase(status);
  body["status"] = status;
  body["detail"] = detail;
  return {.status = status, .type = kProblemType, .body = std::move(body)};
}

}  // namespace headgate::proxy::admin::api
