#pragma once
#include <cstdint>
#include <string_view>

namespace headgate::wire::http {

/// The phrase of the IANA registry ("Not Found"); empty for a status it does not list.
std::string_view reason_phrase(std::uint16_t status);

}  // namespace headgate::wire::http
