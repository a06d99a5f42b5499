#include "proxy/access_log/entry.h"

#include "net/tls/facts.h"

namespace headgate::proxy::access_log {
namespace {

using wire::http::FieldId;

void add_tls(const net::tls::Facts& tls, Entry& entry) {
  entry.tls_version = tls.version();
  entry.tls_cipher = tls.cipher();
  entry.tls_resumed = tls.resumed() ? "true" : "false";
  entry.sni = tls.server_name();
  const net::tls::PeerCertificate* shown = tls.peer_certificate();
  if (shown == nullptr) return;
  entry.tls_client_subject = shown->subject;
  entry.tls_client_fingerprint = shown->fingerprint;
}

void add_place(const message::Request& request, Entry& entry) {
  const geo::Whereabouts::Answer& where = request.where.of(request.client);
  entry.region = where.region;
  entry.country = where.country.text();
  entry.asn = where.asn;
}

}  // namespace

std::uint64_t microseconds_between(base::Time from, base::Time to) {
  if (from == base::Time{} || to <= from) return 0;
  return static_cast<std::uint64_t>((to - from).count()) / 1000;
}

Entry entry_of(const message::Record& record, const message::Request& request, std::string_view listener,
               std::string_view protocol, TellsPlace tells_place) {
  Entry entry;
  entry.arrived = record.arrived;
  entry.client = request.client;
  if (tells_place == TellsPlace::kYes && request.where.can_tell()) [[unlikely]]
    add_place(request, entry);
  entry.listener = listener;
  entry.request_id = request.id;
  entry.method = request.head.method_text;
  entry.scheme = request.secure ? "https" : "http";
  entry.host = request.head.host;
  entry.path = request.head.path;
  entry.query = request.head.query;
  entry.protocol = protocol;
  entry.route = record.route;
  entry.pool = record.pool;
  entry.backend = record.backend;
  entry.backend_address = record.backend_address;
  if (record.cache != nullptr) {
    entry.cache = record.cache->verdict;
    entry.cache_reason = record.cache->reason;
    entry.cache_age = record.cache->age;
  }
  entry.user_agent = request.head.fields.value_of(FieldId::kUserAgent);
  entry.referer = request.head.fields.value_of(FieldId::kReferer);
  if (request.tls != nullptr) [[unlikely]]
    add_tls(*request.tls, entry);
  entry.ending = record.ending;
  entry.detail = record.detail;
  entry.request_bytes = record.request_body_bytes;
  entry.response_bytes = record.response_body_bytes;
  entry.uncompressed_bytes = record.uncompressed_body_bytes;
  entry.coding = record.coding;
  entry.total_us = microseconds_between(record.start, record.end);
  entry.choose_us = microseconds_between(record.start, record.backend_chosen);
  entry.connect_us = microseconds_between(record.backend_chosen, record.connected);
  entry.first_byte_us = microseconds_between(record.connected, record.response_head);
  entry.status = record.status;
  entry.retries = record.retries;
  entry.hedges = record.hedges;
  entry.connection_reused = record.connection_reused;
  return entry;
}

}  // namespace headgate::proxy::access_log
