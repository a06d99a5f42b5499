#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace headgate::base {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kEof:
      return "eof";
    case ErrorKind::kReset:
      return "reset";
    case ErrorKind::kRefused:
      return "refused";
    case ErrorKind::kUnreachable:
      return "unreachable";
    case ErrorKind::kTooLarge:
      return "too_large";
    case ErrorKind::kMalformed:
      return "malformed";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kExhausted:
      return "exhausted";
    case ErrorKind::kSystem:
      return "system";
    case ErrorKind::kInvalid:
      return "invalid";
  }
  return "unknown";
}

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::kClient:
      return "client";
    case Fault::kUpstream:
      return "upstream";
    case Fault::kHeadgate:
      return "headgate";
    case Fault::kUser:
      return "user";
  }
  return "unknown";
}

namespace {

ErrorKind kind_of(int errno_value) {
  switch (errno_value) {
    case ETIMEDOUT:
      return ErrorKind::kTimeout;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return ErrorKind::kReset;
    case ECONNREFUSED:
      return ErrorKind::kRefused;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENOENT:
      return ErrorKind::kUnreachable;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
      return ErrorKind::kExhausted;
    default:
      return ErrorKind::kSystem;
  }
}

}  // namespace

Error system_error(int errno_value, std::string_view what, Fault fault) {
  std::string message(what);
  message += ": ";
  message += ::strerrordesc_np(errno_value) != nullptr ? ::strerrordesc_np(errno_value) : "unknown error";
  return Error{kind_of(errno_value), fault, std::move(message)};
}

}  // namespace headgate::base
