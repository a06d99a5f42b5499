#include "proxy/explain/lookup/lookup_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/explain/member_json.h"
#include "proxy/explain/place/place_part.h"

namespace headgate::proxy::explain::lookup {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void put_head(const Lookup& lookup, Page& page) {
  page.line(fmt::format("DNS {} {}", lookup.asked.name, lookup.asked.type), Tone::kStrong);
  page.line(fmt::format("from {}, {} {}{}", lookup.asked.from, lookup.live ? "by the running daemon with" : "by",
                        lookup.configuration, lookup.live ? ", at " + lookup.at : " (no daemon was asked)"),
            Tone::kFaint);
  page.blank();
}

void put_zone(const ZonePart& zone, bool is_live, Page& page) {
  if (!zone.found) {
    page.row("zone", "none" + zone.suggestion, Tone::kBad);
    return;
  }
  // A serial is of a process: one that no daemon has is not worth showing.
  page.row("zone",
           fmt::format("{} (line {}), {} name{}{}{}{}", zone.name, zone.line, zone.names, zone.names == 1 ? "" : "s",
                       is_live ? fmt::format(", serial {}", zone.serial) : "", zone.is_signed ? ", signed" : "",
                       zone.file.empty() ? "" : fmt::format(", with records of {}", zone.file)));
  if (zone.listeners.empty()) {
    page.item("!", "no listener answers for it: `zones` of one with protocol: dns names it", Tone::kWarn);
  } else {
    page.item("", "answered by " + joined(zone.listeners));
  }
}

std::string sentence_of(const NamePart& name) {
  const std::string wildcard =
      name.kind != "delegated" && !name.by.empty() ? fmt::format(" by the wildcard {}", name.by) : std::string();
  if (name.kind == "geo") {
    const std::string beside = name.types.empty() ? "" : ", and has records of " + joined(name.types);
    return fmt::format("{}: a geo name of pool {}{}{}", name.name, name.pool, wildcard, beside);
  }
  if (name.kind == "alias") return fmt::format("{}: an alias{} of {}", name.name, wildcard, name.leads_to);
  if (name.kind == "delegated") return fmt::format("{}: handed to other servers, from {} on", name.name, name.by);
  if (name.kind == "missing") return fmt::format("{}: is not there", name.name);
  if (name.kind == "empty") return fmt::format("{}: has no records{}; other names are below it", name.name, wildcard);
  return fmt::format("{}: has records of {}{}", name.name, joined(name.types), wildcard);
}

void put_names(const std::vector<NamePart>& names, Page& page) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    page.row(i == 0 ? "name" : "", sentence_of(names[i]), names[i].kind == "missing" ? Tone::kBad : Tone::kPlain);
  }
}

void put_place(const place::PlacePart& place, Page& page) {
  page.row("client",
           fmt::format("{}: {}", place.region.empty() ? "of no region" : "of region " + place.region, place.why));
  if (const std::string line = place::line_of(place); !line.empty()) page.item("", line);
}

void put_choice(const ChoicePart& choice, Page& page) {
  if (choice.is_last_resort) {
    page.row("region", "none can serve: all addresses of all regions are given, better a try than nothing", Tone::kBad);
  } else if (choice.region.empty()) {
    page.row("region", "none: the configuration has no regions", Tone::kBad);
  } else {
    page.row("region", choice.region, choice.is_failing ? Tone::kWarn : Tone::kGood);
  }
  for (const RegionPart& region : choice.regions) {
    page.item(region.serves ? ">" : "-", fmt::format("{}: {}", region.name, region.why),
              region.serves          ? Tone::kGood
              : region.state == "up" ? Tone::kFaint
                                     : Tone::kWarn);
    const std::string addresses = region.addresses.empty() ? "no addresses" : joined(region.addresses);
    page.item("", addresses, Tone::kFaint, 1);
  }
}

void put_records(const AnswerPart& answer, Page& page) {
  std::string section = "answer";
  for (const RecordPart& record : answer.records) {
    if (record.section != section) page.item("", record.section + ":", Tone::kFaint);
    section = record.section;
    page.item("", fmt::format("{} {} {} {}", record.name, record.ttl_seconds, record.type, record.text));
  }
}

void put_answer(const Lookup& lookup, Page& page) {
  const AnswerPart& answer = lookup.answer;
  const bool is_good = answer.rcode == "NOERROR";
  page.row("answer",
           fmt::format("{}{}{}", answer.rcode, answer.is_authoritative ? ", authoritative" : "",
                       answer.why.empty() ? "" : ": " + answer.why),
           is_good ? Tone::kGood : Tone::kBad);
  put_records(answer, page);
  if (lookup.choice && !lookup.choice->ttl_why.empty()) {
    page.item("!", fmt::format("for {}s, {}", lookup.choice->ttl_seconds, lookup.choice->ttl_why), Tone::kWarn);
  }
  if (!answer.scope_bits) return;
  page.row("scope", *answer.scope_bits == 0
                        ? "/0: whoever asks, wherever from, gets this answer"
                        : fmt::format("/{}: a resolver may give it to all of {}", *answer.scope_bits, answer.scope));
}

}  // namespace

std::string text_of(const Lookup& lookup, const TextStyle& style) {
  Page page(style);
  put_head(lookup, page);
  put_zone(lookup.zone, lookup.live, page);
  put_names(lookup.names, page);
  if (lookup.choice) {
    if (lookup.place) put_place(*lookup.place, page);
    put_choice(*lookup.choice, page);
  }
  put_answer(lookup, page);
  return page.take();
}

std::string json_of(const Lookup& lookup, int indent) {
  return written_whole(lookup, indent);
}

base::Result<Lookup> lookup_from(std::string_view json) {
  return read_whole<Lookup>(json);
}

}  // namespace headgate::proxy::explain::lookup
