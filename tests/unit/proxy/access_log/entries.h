#pragma once
#include "proxy/access_log/entry.h"

namespace headgate::proxy::access_log {

/// An entry with something under every field.
inline Entry full_entry() {
  using namespace std::chrono_literals;
  Entry entry;
  entry.arrived = base::WallTime(1'795'413'025'123'456'789ns);  // 2026-11-23T05:50:25Z
  entry.client = *base::IpAddress::parse("203.0.113.9");
  entry.listener = "web";
  entry.request_id = "01j9zq";
  entry.method = "GET";
  entry.scheme = "https";
  entry.host = "www.example.com";
  entry.path = "/assets/app.js";
  entry.query = "v=3";
  entry.protocol = "HTTP/1.1";
  entry.route = "assets";
  entry.pool = "app";
  entry.backend = "app-2";
  entry.backend_address = "10.0.1.12:8080";
  entry.cache = "hit";
  entry.cache_reason = "fresh";
  entry.cache_age = 17;
  entry.user_agent = "curl/8.0";
  entry.referer = "https://www.example.com/";
  entry.tls_version = "TLSv1.3";
  entry.tls_cipher = "TLS_AES_128_GCM_SHA256";
  entry.tls_resumed = "true";
  entry.sni = "www.example.com";
  entry.tls_client_subject = "CN=ada";
  entry.tls_client_fingerprint = "0a1b";
  entry.dns_type = "AAAA";
  entry.dns_subnet = "203.0.113.0/24";
  entry.dns_rcode = "NOERROR";
  entry.dns_reason = "country";
  entry.ending = "client_gone";
  entry.detail = "the client closed the connection";
  entry.request_bytes = 7;
  entry.response_bytes = 18'446'744'073'709'551'615u;
  entry.uncompressed_bytes = 70'000;
  entry.region = "eu";
  entry.country = "DE";
  entry.asn = 64'500;
  entry.coding = wire::coding::Coding::kZstd;
  entry.total_us = 1500;
  entry.choose_us = 20;
  entry.connect_us = 300;
  entry.first_byte_us = 900;
  entry.status = 200;
  entry.retries = 1;
  entry.hedges = 2;
  entry.connection_reused = true;
  return entry;
}

}  // namespace headgate::proxy::access_log
