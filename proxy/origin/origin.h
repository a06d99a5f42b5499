#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ip_address.h"
#include "base/local_ptr.h"
#include "base/result.h"
#include "config/config.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/message/message.h"
#include "proxy/message/record.h"

namespace headgate::proxy::balance {
class WorkerPool;
}

namespace headgate::proxy::origin {

/// Where a client's connection came from and to which address, as far as is known.
struct ClientEnds {
  base::Endpoint peer;
  base::Endpoint local;
  std::string_view asked_for = {};  ///< the name in its ClientHello, if headgate speaks TLS with it
};

/// The client, as far as an origin may talk to it before its answer.
class ClientLink {
 public:
  virtual ~ClientLink() = default;
  /// Sends a 1xx response; does nothing for a client that does not understand it (HTTP/1.0).
  virtual net::Task<base::Result<void>> send_interim(const wire::http::ResponseHead& head) = 0;
  /// While true, the exchange is cancelled as soon as the client is gone. Set it while waiting for somebody else.
  virtual void cancel_when_gone(bool on) = 0;
  /// Asked where a backend is told of the client by a PROXY header; costs system calls.
  virtual ClientEnds ends() const = 0;
};

/// One worker's pools, in the order in which the origins were compiled, and with them the configuration that they are
/// of, for as long as somebody counts on it.
class PoolDirectory : public base::LocallyCounted {
 public:
  virtual ~PoolDirectory() = default;
  virtual balance::WorkerPool& pool(std::size_t slot) = 0;
};

/// All that one answer needs. Lives as long as the exchange.
struct Call {
  net::Loop& loop;
  base::Arena& arena;
  message::Request& request;
  message::Record& record;
  ClientLink& client;
  PoolDirectory& pools;
  config::RouteTimeouts timeouts;
  base::Time deadline;  ///< for the whole exchange; kNever if there is none
  /// What stands before the request's body where that may have to be sent again.
  std::unique_ptr<message::BodySource> kept_body = nullptr;
  /// The worker's, for what is to go on without the exchange; null: there is none.
  net::TaskScope* background = nullptr;
  /// What stands before the request's body where a copy of that goes elsewhere.
  std::unique_ptr<message::BodySource> copied_body = nullptr;
};

/// What an origin would answer, as far as it can be told without asking anybody: for explanations. Views are into the
/// request, the arena and the origin.
struct Outlook {
  std::string pool;          ///< not empty: a backend of this pool answers, and what follows is unknown
  std::string otherwise;     ///< that pool's place while none of `pool` may be chosen; empty: nobody's
  std::uint16_t status = 0;  ///< 0: unknown
  wire::http::Fields fields;
  std::optional<std::uint64_t> body_bytes;  ///< of the body that a GET would get
  std::string mirror;                       ///< where copies of requests go: "10% to pool shadow"
  std::string file;                         ///< the path in the file system that was looked for
  std::string why;  ///< a sentence about the status or the choice of the pool, where it needs one
};

/// What answers a request: a pool, files, a redirect, a fixed text. Immutable, shared by all workers.
class Origin {
 public:
  virtual ~Origin() = default;
  Origin() = default;
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  /// Fills `response` up to its head; the body is pulled later. The error says what the client is told: kUnavailable
  /// 503, kTimeout 504, kTooLarge 413 (the client's fault), anything else 502 (an upstream's fault) or 400 (the
  /// client's).
  virtual net::Task<base::Result<void>> respond(Call& call, message::Response& response) const = 0;

  /// What respond() would come to, found by the same functions. Origins that no route names say nothing.
  virtual Outlook outlook(const message::Request&, base::Arena&) const { return {}; }

  /// "pool app", "static /srv/www": for the log, status and explanations.
  virtual std::string describe() const = 0;
};

}  // namespace headgate::proxy::origin
