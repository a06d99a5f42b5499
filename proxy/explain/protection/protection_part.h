#pragma once
#include <cstdint>
#include <string>

#include "config/config.h"
#include "wire/http/method.h"

namespace headgate::proxy::balance {
struct Forecast;
}

namespace headgate::proxy::explain::protection {

/// What keeps the pool from being buried, and how near it is to that. A limit of 0: there is none.
struct ProtectionPart {
  std::uint32_t connections = 0;  ///< open
  std::uint32_t connection_limit = 0;
  std::uint32_t requests = 0;  ///< under way, where there is a limit
  std::uint32_t request_limit = 0;
  std::uint32_t retries = 0;  ///< under way
  std::uint32_t retry_limit = 0;

  std::string adaptive;          ///< what the limit of requests goes by; empty: it is fixed
  double expected_wait_ms = -1;  ///< of a request that joined the queue now; negative: it is not known
  double shed_ms = 0;            ///< who would wait longer is turned away at once; 0: nobody is
  std::string hedge;             ///< what it does about a backend that takes long; empty: the pool does not hedge

  bool is_full() const { return request_limit != 0 && requests >= request_limit; }
  /// Whether who came now would be turned away for its wait.
  bool sheds() const { return shed_ms > 0 && expected_wait_ms > shed_ms; }
  /// "12 of 100 requests, 8 of 20 connections"; empty: nothing is limited.
  std::string limits_text() const;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("connections", connections);
    visit("connection_limit", connection_limit);
    visit("requests", requests);
    visit("request_limit", request_limit);
    visit("retries", retries);
    visit("retry_limit", retry_limit);
    visit("adaptive", adaptive);
    visit("expected_wait_ms", expected_wait_ms);
    visit("shed_ms", shed_ms);
    visit("hedge", hedge);
  }
};

/// For a request of that method; `forecast` is a worker's; null: none answered.
ProtectionPart protection_part_of(const config::Pool& pool, const balance::Forecast* forecast,
                                  wire::http::Method method);

}  // namespace headgate::proxy::explain::protection
