#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"

// How the admin pages write values as JSON.
namespace headgate::proxy::admin {

/// Members stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// RFC 3339 in UTC with milliseconds; null for the epoch, which stands for what never happened.
Json time_json(base::WallTime time);

/// Null for a text that is empty, which stands for what there is not.
Json text_or_null(const std::string& text);

/// A page of one value. Names come from the configuration, which may hold any bytes; one that is no UTF-8 is shown with
/// a mark in its place: a page that cannot be made would be worse.
std::string page_of(const Json& value);

}  // namespace headgate::proxy::admin
