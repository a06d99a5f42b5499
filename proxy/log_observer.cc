#include "proxy/log_observer.h"

namespace headgate::proxy {

access_log::Entry entry_of(const tcp::ConnectionRecord& record, std::string_view listener) {
  using access_log::microseconds_between;
  const listener::ConnectionEndingFacts& facts = listener::facts_of(record.ending);
  access_log::Entry entry;
  entry.arrived = record.accepted_at;
  entry.client = record.client;
  entry.listener = listener;
  entry.host = record.server_name;
  entry.protocol = access_log::kTcp;
  entry.pool = record.pool;
  entry.backend = record.backend;
  entry.backend_address = record.backend_address;
  entry.ending = facts.name;
  const bool is_well = record.ending == listener::ConnectionEnding::kWell;
  entry.detail = record.detail.empty() && !is_well ? facts.sentence : record.detail;
  entry.request_bytes = record.bytes_up;
  entry.response_bytes = record.bytes_down;
  entry.total_us = microseconds_between(record.accepted, record.end);
  entry.choose_us = microseconds_between(record.accepted, record.backend_chosen);
  entry.connect_us = microseconds_between(record.backend_chosen, record.connected);
  entry.first_byte_us = microseconds_between(record.connected, record.first_byte);
  entry.retries = record.retries;
  return entry;
}

}  // namespace headgate::proxy
