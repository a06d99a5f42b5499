#include "proxy/log_observer.h"

#include <string>

namespace headgate::proxy {

access_log::Entry entry_of(const tcp::ConnectionRecord& record, std::string_view listener,
                           access_log::TellsPlace tells_place) {
  using access_log::microseconds_between;
  const listener::ConnectionEndingFacts& facts = listener::facts_of(record.ending);
  access_log::Entry entry;
  entry.arrived = record.accepted_at;
  entry.client = record.client;
  if (tells_place == access_log::TellsPlace::kYes && record.where->can_tell()) {
    const geo::Whereabouts::Answer& where = record.where->of(record.client);
    entry.region = where.region;
    entry.country = where.country.text();
    entry.asn = where.asn;
  }
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

void LogObserver::answered(std::string_view listener, const dns::server::QueryRecord& record) {
  access_log::Entry entry;
  const bool is_understood = !record.query->name.empty();
  const std::string name = is_understood ? wire::dns::name_text(record.query->name) : std::string();
  const std::string type = is_understood ? type_text(record.query->type) : std::string();
  std::string subnet;
  if (record.query->edns && record.query->edns->subnet) {
    const wire::dns::ClientSubnet& asked = *record.query->edns->subnet;
    subnet = asked.address.text() + "/" + std::to_string(asked.source_bits);
  }
  entry.arrived = record.came_at;
  entry.client = record.from;
  entry.region = record.region;
  entry.listener = listener;
  entry.host = name;
  entry.protocol = record.transport == dns::server::Transport::kUdp ? access_log::kDnsOverUdp : access_log::kDnsOverTcp;
  entry.pool = record.pool;
  entry.dns_type = type;
  entry.dns_subnet = subnet;
  entry.dns_rcode = record.rcode;
  entry.dns_reason = record.reason;
  entry.detail = record.detail;
  entry.request_bytes = record.query_bytes;
  entry.response_bytes = record.answer_bytes;
  entry.total_us = access_log::microseconds_between(base::Time(), base::Time() + record.took);
  ring_.push(entry);
}

}  // namespace headgate::proxy
