#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/explain/place/place.h"

// What would be answered to a question of DNS, as values: what explain() finds, what the JSON holds and the text shows.
namespace headgate::proxy::explain::lookup {

struct Asked {
  std::string name;
  std::string type;
  std::string from;  ///< the client's address, as a resolver that tells of its client's network would have it
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("name", name);
    visit("type", type);
    visit("from", from);
  }
};

struct ZonePart {
  bool found = false;
  std::string name;
  std::int32_t line = 0;
  std::string file;         ///< its zone file; empty: none
  std::uint32_t names = 0;  ///< with those that only have others below
  std::uint32_t serial = 0;
  bool is_signed = false;
  std::vector<std::string> listeners;  ///< that answer for it: "names on 0.0.0.0:53"
  std::string suggestion;              ///< where there is none: what may have been meant
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("found", found);
    visit("name", name);
    visit("line", line);
    visit("file", file);
    visit("names", names);
    visit("serial", serial);
    visit("signed", is_signed);
    visit("listeners", listeners);
    visit("suggestion", suggestion);
  }
};

/// What the zone has for the name, and for each that it is an alias of.
struct NamePart {
  std::string name;
  std::string kind;                ///< geo | records | alias | empty | delegated | missing
  std::string by;                  ///< the wildcard that stands for it; of `delegated` the name of the cut
  std::string pool;                ///< of `geo`
  std::string leads_to;            ///< of `alias`
  std::vector<std::string> types;  ///< of its records
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("name", name);
    visit("kind", kind);
    visit("by", by);
    visit("pool", pool);
    visit("leads_to", leads_to);
    visit("types", types);
  }
};

/// A region, as the answer sees it.
struct RegionPart {
  std::string name;
  std::string state;  ///< up | drained | down
  bool serves = false;
  std::string why;  ///< why it serves, or is passed over
  std::uint32_t backends = 0;
  std::uint32_t healthy = 0;  ///< of the pool's backends in it
  std::vector<std::string> addresses;
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("name", name);
    visit("state", state);
    visit("serves", serves);
    visit("why", why);
    visit("backends", backends);
    visit("healthy", healthy);
    visit("addresses", addresses);
  }
};

/// Of a geo name: who serves the client.
struct ChoicePart {
  std::string pool;
  std::string region;           ///< empty: none can
  bool is_last_resort = false;  ///< none can: all addresses of all regions
  bool is_failing = false;
  std::uint32_t ttl_seconds = 0;
  std::string ttl_why;
  std::vector<RegionPart> regions;  ///< in the order in which they are asked
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("pool", pool);
    visit("region", region);
    visit("last_resort", is_last_resort);
    visit("failing", is_failing);
    visit("ttl_seconds", ttl_seconds);
    visit("ttl_why", ttl_why);
    visit("regions", regions);
  }
};

struct RecordPart {
  std::string section;  ///< answer | authority | additional
  std::string name;
  std::uint32_t ttl_seconds = 0;
  std::string type;
  std::string text;  ///< its data as a zone file has them
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("section", section);
    visit("name", name);
    visit("ttl_seconds", ttl_seconds);
    visit("type", type);
    visit("text", text);
  }
};

struct AnswerPart {
  std::string rcode;
  bool is_authoritative = false;
  std::string why;
  std::vector<RecordPart> records;
  std::optional<std::uint32_t> scope_bits;  ///< of a question that names the client's network
  std::string scope;                        ///< that network
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("rcode", rcode);
    visit("authoritative", is_authoritative);
    visit("why", why);
    visit("records", records);
    visit("scope_bits", scope_bits);
    visit("scope", scope);
  }
};

struct Lookup {
  std::string configuration;
  bool live = false;  ///< of the running daemon, at this moment
  std::string at;     ///< RFC 3339
  Asked asked;
  ZonePart zone;
  std::vector<NamePart> names;            ///< the one that was asked for, and what aliases lead to
  std::optional<place::PlacePart> place;  ///< of a geo name: where the client is
  std::optional<ChoicePart> choice;
  AnswerPart answer;
  template <class Visit>
  void each_member(Visit&& visit) {
    visit("configuration", configuration);
    visit("live", live);
    visit("at", at);
    visit("asked", asked);
    visit("zone", zone);
    visit("names", names);
    visit("place", place);
    visit("choice", choice);
    visit("answer", answer);
  }
};

}  // namespace headgate::proxy::explain::lookup
