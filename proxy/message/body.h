#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/socket.h"
#include "net/task.h"
#include "wire/http/field.h"

namespace headgate::proxy::message {

/// Where the bytes of a body come from. Whoever sends the body pulls; nothing is read that was not asked for, and that
/// is the whole of back-pressure. Views are valid until the next wait(), so several may be gathered into one write.
///
///     while (true) {
///       std::string_view bytes = source.take_ready();
///       if (bytes.empty()) {
///         if (source.at_end()) break;
///         base::Result<void> waited = co_await source.wait();
///         if (!waited) co_return waited.error();
///         continue;
///       }
///       send(bytes);
///     }
class BodySource {
 public:
  virtual ~BodySource() = default;
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;

  /// The bytes that are at hand without waiting, each once; empty if there are none just now.
  virtual std::string_view take_ready() = 0;
  /// Every byte has been taken; trailers are known.
  virtual bool at_end() const = 0;
  /// Until take_ready() has something or at_end() holds. An error ends the body before its time; its fault says whose.
  virtual net::Task<base::Result<void>> wait() = 0;
  /// A body that is nothing but the next bytes of a socket, so that the kernel can move it by itself.
  struct Raw {
    net::Socket* socket = nullptr;  ///< null: it is not so, or not worth it
    std::uint64_t bytes = 0;        ///< still to come
    base::Duration stall{};         ///< between two arrivals
    base::Time deadline{};
  };
  /// Asked when take_ready() has nothing. Who takes bytes off the socket says so by raw_taken().
  virtual Raw raw() { return {}; }
  virtual void raw_taken(std::uint64_t) {}
  /// Who finds the socket broken or silent tells it here, and gets the error that the exchange ends with.
  virtual base::Error raw_failed(base::Error why) { return why; }
  /// Fields after the body, once at_end(); null if the source never has any.
  virtual const wire::http::Fields* trailers() const { return nullptr; }
};

}  // namespace headgate::proxy::message
