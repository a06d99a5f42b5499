#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Types that list their members by `each_member(visit)`, as JSON objects: written in that order, and read by name.
// Included by sources alone, since it brings the whole JSON library with it.
namespace headgate::proxy::explain {

using Json = nlohmann::ordered_json;

template <class T>
concept Part = requires(T part) { part.each_member([](const char*, auto&) {}); };

template <class T>
Json written(const T& value) {
  return value;
}
template <Part T>
Json written(const T& part);
template <class T>
Json written(const std::optional<T>& value) {
  return value ? written(*value) : Json(nullptr);
}
template <class T>
Json written(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) out.push_back(written(value));
  return out;
}
template <Part T>
Json written(const T& part) {
  Json out = Json::object();
  // each_member hands out references that may be written through; here they are only read.
  const_cast<T&>(part).each_member([&out](const char* name, auto& member) { out[name] = written(member); });
  return out;
}

/// Throws Json::exception on a member of another type; one that is missing stays as it is.
template <class T>
void read(const Json& json, T& out) {
  out = json.get<T>();
}
template <Part T>
void read(const Json& json, T& out);
template <class T>
void read(const Json& json, std::optional<T>& out) {
  if (json.is_null()) return;
  read(json, out.emplace());
}
template <class T>
void read(const Json& json, std::vector<T>& out) {
  for (const Json& each : json.get_ref<const Json::array_t&>()) read(each, out.emplace_back());
}
template <Part T>
void read(const Json& json, T& out) {
  [[maybe_unused]] const Json::object_t& is_object = json.get_ref<const Json::object_t&>();
  out.each_member([&json](const char* name, auto& member) {
    if (const auto found = json.find(name); found != json.end()) read(*found, member);
  });
}

/// A whole explanation as JSON; bytes that are no UTF-8 are replaced.
template <Part T>
std::string written_whole(const T& part, int indent) {
  return written(part).dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// The same back. kMalformed if it is none.
template <Part T>
base::Result<T> read_whole(std::string_view json) {
  const auto malformed = [](const std::string& why) {
    return base::Error{base::ErrorKind::kMalformed, base::Fault::kUpstream, "this is no explanation: " + why};
  };
  try {
    const Json parsed = Json::parse(json);
    if (!parsed.is_object()) return malformed("no JSON object");
    T out;
    read(parsed, out);
    return out;
  } catch (const Json::exception& refused) {
    return malformed(refused.what());
  }
}

}  // namespace headgate::proxy::explain
