#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/admin/json_values.h"

namespace headgate::proxy::admin::api {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kProblemType = "application/problem+json";

/// What one request is answered with, before it becomes a message.
struct Answer {
  std::uint16_t status = 200;
  std::string_view type = kJsonType;
  Json body = {};
  std::string_view text = {};       ///< in place of `body`, where it is not empty; lives as long as the process
  std::string allow = {};           ///< the Allow field of 405
  std::string_view challenge = {};  ///< the WWW-Authenticate field of 401
};

inline Answer answer_with(Json body) {
  return {.status = 200, .type = kJsonType, .body = std::move(body)};
}

/// An object of one member.
inline Answer answer_with(std::string_view name, Json value) {
  Json body = Json::object();  // an initializer list would copy
  body[std::string(name)] = std::move(value);
  return answer_with(std::move(body));
}

/// Problem details (RFC 9457): the title is the status' own phrase, `detail` a sentence with place and remedy. Members
/// that say more may be added to its body.
Answer problem(std::uint16_t status, std::string_view detail);

}  // namespace headgate::proxy::admin::api
