#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace headgate::proxy::admin::metrics {

enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };
std::string_view to_string(Type type);

/// One metric family. docs/operations/metrics.md says of each what it means and what to do about it; a test compares.
struct Family {
  std::string_view name;
  Type type;
  std::string_view labels;  ///< as the documentation lists them
  std::string_view help;
};

/// Every metric, by the thing it is about: the closed set that exposition and documentation share.
inline constexpr std::array kFamilies = {
    Family{"headgate_build", Type::kGauge, "version", "Always 1; the version that runs."},
    Family{"headgate_start_time_seconds", Type::kGauge, "", "When the process started, in seconds since 1970."},
    Family{"headgate_draining", Type::kGauge, "", "1 while the process waits for open connections before it ends."},
    Family{"headgate_reloads_total", Type::kCounter, "result",
           "Configurations that were accepted or refused, the one at the start included."},
    Family{"headgate_last_reload_accepted", Type::kGauge, "",
           "1 if the last configuration was accepted, 0 if it was refused and an older one runs."},
    Family{"headgate_configuration_loaded_time_seconds", Type::kGauge, "",
           "When the configuration that runs was loaded, in seconds since 1970."},
    Family{"headgate_process_resident_bytes", Type::kGauge, "", "Memory in use."},
    Family{"headgate_process_cpu_seconds_total", Type::kCounter, "", "Processor time used, user and system."},
    Family{"headgate_process_open_descriptors", Type::kGauge, "", "Open file descriptors."},
    Family{"headgate_process_max_descriptors", Type::kGauge, "", "File descriptors that may be open."},
    Family{"headgate_worker_connections", Type::kGauge, "worker", "Client connections open on a worker."},
    Family{"headgate_worker_buffers_lent_bytes", Type::kGauge, "worker", "Buffer memory lent to bytes on their way."},
    Family{"headgate_access_log_written_total", Type::kCounter, "", "Lines of the access log written."},
    Family{"headgate_access_log_dropped_total", Type::kCounter, "reason",
           "Lines of the access log lost: the writer did not keep up, or writing failed."},

    Family{"headgate_listener_connections_total", Type::kCounter, "listener, worker", "Connections accepted."},
    Family{"headgate_listener_connections_refused_total", Type::kCounter, "listener",
           "Connections closed at once: over connections_per_client, or with a bad PROXY header."},
    Family{"headgate_listener_connections_open", Type::kGauge, "listener, worker", "Connections open."},
    Family{"headgate_listener_connections_active", Type::kGauge, "listener",
           "Connections with a request under way, or, of protocol tcp, with a backend."},
    Family{"headgate_listener_accept_pauses_total", Type::kCounter, "listener",
           "Times accepting stopped for a while: out of descriptors, or at the limit of connections."},
    Family{"headgate_listener_connections_ended_total", Type::kCounter, "listener, ending",
           "Connections of protocol tcp that are over, by how they ended; well: both sides closed in good order."},
    Family{"headgate_listener_requests_total", Type::kCounter, "listener, worker",
           "Requests, the refused and the unrouted included."},
    Family{"headgate_listener_requests_refused_total", Type::kCounter, "listener",
           "Requests answered before a route was looked for: malformed, or over a limit."},
    Family{"headgate_listener_requests_unrouted_total", Type::kCounter, "listener", "Requests that no route matched."},
    Family{"headgate_listener_received_bytes_total", Type::kCounter, "listener", "Bytes received from clients."},
    Family{"headgate_listener_sent_bytes_total", Type::kCounter, "listener", "Bytes sent to clients."},
    Family{"headgate_listener_tls_handshakes_total", Type::kCounter, "listener, kind",
           "TLS handshakes done, full or with a session taken up again."},
    Family{"headgate_listener_tls_handshakes_failed_total", Type::kCounter, "listener, reason",
           "TLS handshakes that came to nothing."},
    Family{"headgate_listener_tls_handshakes_limited_total", Type::kCounter, "listener",
           "Connections closed before their handshake, over limits.handshakes."},
    Family{"headgate_certificate_expiry_time_seconds", Type::kGauge, "listener, certificate, name",
           "When the certificate that is shown expires, in seconds since 1970."},
    Family{"headgate_certificate_load_failed", Type::kGauge, "listener",
           "1 while newer files of certificates cannot be used and older ones are shown."},
    Family{"headgate_listener_http2_connections_total", Type::kCounter, "listener", "Connections that speak HTTP/2."},
    Family{"headgate_listener_http2_floods_total", Type::kCounter, "listener, kind",
           "Connections ended with ENHANCE_YOUR_CALM, by what there was too much of."},

    Family{"headgate_route_requests_total", Type::kCounter, "route", "Requests that matched."},
    Family{"headgate_route_responses_total", Type::kCounter, "route, class",
           "Responses by the first digit of their status; none: the exchange ended without one."},
    Family{"headgate_route_rate_limited_total", Type::kCounter, "route", "Requests answered 429 by the rate limit."},
    Family{"headgate_route_client_gone_total", Type::kCounter, "route",
           "Requests whose client closed before the answer was complete."},
    Family{"headgate_route_request_body_bytes_total", Type::kCounter, "route", "Bytes of request bodies."},
    Family{"headgate_route_response_body_bytes_total", Type::kCounter, "route", "Bytes of response bodies."},
    Family{"headgate_route_duration_seconds", Type::kHistogram, "route",
           "Time from the head of the request to the last byte of the answer."},

    Family{"headgate_route_compressed_total", Type::kCounter, "route, encoding",
           "Answers that headgate compressed, of routes with compress."},
    Family{"headgate_route_compressed_in_bytes_total", Type::kCounter, "route, encoding",
           "Bytes of the bodies that headgate compressed, before."},
    Family{"headgate_route_compressed_out_bytes_total", Type::kCounter, "route, encoding",
           "Bytes of the bodies that headgate compressed, after."},
    Family{"headgate_route_not_compressed_total", Type::kCounter, "route, reason",
           "Answers with a body that went out as they came, of routes with compress."},

    Family{"headgate_route_mirrored_total", Type::kCounter, "route, outcome",
           "Copies of requests for another pool, of routes with mirror."},

    Family{"headgate_route_cache_requests_total", Type::kCounter, "route, outcome",
           "Requests of routes with cache, by what the cache came to."},
    Family{"headgate_route_cache_stored_bytes_total", Type::kCounter, "route",
           "Bytes of response bodies that came from the store without a fetch."},
    Family{"headgate_route_cache_background_total", Type::kCounter, "route",
           "Revalidations begun beside an answer that was given stale."},
    Family{"headgate_route_cache_invalidated_total", Type::kCounter, "route",
           "Stored URLs that a request with an unsafe method made invalid."},
    Family{"headgate_route_cache_age_seconds", Type::kHistogram, "route",
           "Ages of stored answers when they were given."},
    Family{"headgate_route_cache_duration_seconds", Type::kHistogram, "route, tier",
           "Time from the head of the request to the last byte of the answer, by where the answer came from."},

    Family{"headgate_cache_memory_bytes", Type::kGauge, "cache", "What the store may hold, as configured."},
    Family{"headgate_cache_used_bytes", Type::kGauge, "cache",
           "What the store holds, the space between its parts included."},
    Family{"headgate_cache_entries", Type::kGauge, "cache", "Entries in the store."},
    Family{"headgate_cache_inserted_total", Type::kCounter, "cache", "Entries stored."},
    Family{"headgate_cache_replaced_total", Type::kCounter, "cache", "Entries that a newer one of their key replaced."},
    Family{"headgate_cache_discarded_total", Type::kCounter, "cache", "Entries discarded to make room."},
    Family{"headgate_cache_came_back_total", Type::kCounter, "cache",
           "Entries stored again soon after they were discarded: the store is too small for them."},
    Family{"headgate_cache_removed_total", Type::kCounter, "cache",
           "Entries removed since they were purged or useless."},
    Family{"headgate_cache_not_stored_total", Type::kCounter, "cache, reason",
           "Answers that the store did not take: too large, or everything in the way was in use."},
    Family{"headgate_cache_purges_total", Type::kCounter, "cache", "Purges, and invalidations by unsafe methods."},

    Family{"headgate_cache_disk_on", Type::kGauge, "cache",
           "1 while the disk tier is on, 0 while it waits, failed or is closed."},
    Family{"headgate_cache_disk_size_bytes", Type::kGauge, "cache",
           "What the files of its objects may take, as configured."},
    Family{"headgate_cache_disk_used_bytes", Type::kGauge, "cache", "What the files of its objects take."},
    Family{"headgate_cache_disk_objects", Type::kGauge, "cache", "Objects in its index."},
    Family{"headgate_cache_disk_lookups_total", Type::kCounter, "cache, result",
           "Look-ups of what was not in memory, by what came of them."},
    Family{"headgate_cache_disk_written_total", Type::kCounter, "cache", "Objects written."},
    Family{"headgate_cache_disk_written_bytes_total", Type::kCounter, "cache", "Bytes written for objects."},
    Family{"headgate_cache_disk_read_bytes_total", Type::kCounter, "cache", "Bytes of bodies read."},
    Family{"headgate_cache_disk_reinserted_total", Type::kCounter, "cache",
           "Objects written again since they were wanted when their segment was due."},
    Family{"headgate_cache_disk_discarded_total", Type::kCounter, "cache", "Objects whose segment was written over."},
    Family{"headgate_cache_disk_not_written_total", Type::kCounter, "cache, reason", "Objects that were not written."},
    Family{"headgate_cache_disk_failures_total", Type::kCounter, "cache",
           "Failures of the disk that turned the tier off."},
    Family{"headgate_cache_disk_read_seconds", Type::kHistogram, "cache",
           "Time to read an object, or a piece of a large one."},
    Family{"headgate_cache_disk_write_seconds", Type::kHistogram, "cache",
           "Time to write some objects, or a piece of a large one."},

    Family{"headgate_pool_requests_total", Type::kCounter, "pool", "Requests that asked for a backend."},
    Family{"headgate_pool_retries_total", Type::kCounter, "pool", "Further attempts after a first one failed."},
    Family{"headgate_pool_retries_refused_total", Type::kCounter, "pool", "Retries not made: the budget was used up."},
    Family{"headgate_pool_queued_total", Type::kCounter, "pool", "Requests that had to wait for a backend."},
    Family{"headgate_pool_queue_timeouts_total", Type::kCounter, "pool", "Requests that waited for the whole timeout."},
    Family{"headgate_pool_queue_overflows_total", Type::kCounter, "pool", "Requests turned away by a full queue."},
    Family{"headgate_pool_no_backend_total", Type::kCounter, "pool", "Requests that found no healthy backend."},
    Family{"headgate_pool_hash_choices_total", Type::kCounter, "pool, choice",
           "Requests of a pool that chooses by hash, by whether they got the backend that their key names."},
    Family{"headgate_pool_waiting", Type::kGauge, "pool", "Requests that wait for a backend now."},
    Family{"headgate_pool_backends", Type::kGauge, "pool, state", "Backends by state."},
    Family{"headgate_pool_queue_time_seconds", Type::kHistogram, "pool", "Time that queued requests waited."},

    Family{"headgate_backend_up", Type::kGauge, "pool, backend, address", "1 if the backend takes requests."},
    Family{"headgate_backend_state", Type::kGauge, "pool, backend, address, state",
           "1 for the state that the backend is in, 0 for the others."},
    Family{"headgate_backend_state_since_seconds", Type::kGauge, "pool, backend, address",
           "When the state was entered, in seconds since 1970."},
    Family{"headgate_backend_weight", Type::kGauge, "pool, backend, address", "The weight as configured."},
    Family{"headgate_backend_weight_share", Type::kGauge, "pool, backend, address",
           "The share of the weight that slow start, an operator and its load leave, 0 to 1."},
    Family{"headgate_backend_load", Type::kGauge, "pool, backend, address",
           "The load that the backend reports, smoothed, 0 to 1; only where it does."},
    Family{"headgate_backend_requests_in_flight", Type::kGauge, "pool, backend, address", "Requests under way."},
    Family{"headgate_backend_connections_open", Type::kGauge, "pool, backend, address",
           "Connections open, idle ones included."},
    Family{"headgate_backend_requests_total", Type::kCounter, "pool, backend, address",
           "Attempts begun, retries included."},
    Family{"headgate_backend_responses_total", Type::kCounter, "pool, backend, address, class",
           "Responses by the first digit of their status."},
    Family{"headgate_backend_connections_opened_total", Type::kCounter, "pool, backend, address",
           "Connections opened."},
    Family{"headgate_backend_connections_reused_total", Type::kCounter, "pool, backend, address",
           "Requests that went over a connection that stood already."},
    Family{"headgate_backend_connect_failures_total", Type::kCounter, "pool, backend, address",
           "Connections that could not be opened."},
    Family{"headgate_backend_tls_handshakes_total", Type::kCounter, "pool, backend, address, kind",
           "TLS handshakes with the backend: full, or resumed with a session from before."},
    Family{"headgate_backend_failures_total", Type::kCounter, "pool, backend, address",
           "Resets, timeouts and malformed answers after the connection stood."},
    Family{"headgate_backend_sent_bytes_total", Type::kCounter, "pool, backend, address", "Bytes sent to the backend."},
    Family{"headgate_backend_received_bytes_total", Type::kCounter, "pool, backend, address",
           "Bytes received from the backend."},
    Family{"headgate_backend_checks_total", Type::kCounter, "pool, backend, address, result", "Active health checks."},
    Family{"headgate_backend_ejections_total", Type::kCounter, "pool, backend, address",
           "Times real traffic showed so many errors that the backend was taken out for a while."},
    Family{"headgate_backend_response_time_seconds", Type::kHistogram, "pool, backend, address",
           "Time from the choice of the backend to the head of its response."},
};

/// The family of that name; only for names in the table, which is checked when this is compiled.
consteval const Family& family(std::string_view name) {
  for (const Family& each : kFamilies) {
    if (each.name == name) return each;
  }
  throw "no metric of that name in the table";
}

}  // namespace headgate::proxy::admin::metrics
