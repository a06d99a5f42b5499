#include "proxy/dns/server/answerer.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace headgate::proxy::dns::server {
namespace {

using wire::dns::Class;
using wire::dns::Query;
using wire::dns::Rcode;
using wire::dns::Response;
using wire::dns::Section;
using wire::dns::Sense;
using wire::dns::Type;

constexpr std::string_view kVersionBind("\7version\4bind\0", 14);
constexpr std::string_view kVersionServer("\7version\6server\0", 16);

// What one network of askers is counted as: what a provider gives to one of its customers, or to a few.
constexpr int kNetworkBitsV4 = 24;
constexpr int kNetworkBitsV6 = 56;

/// Of these each has its own rate, so that a flood for names that are not there takes nothing from those that are.
enum class Kind : std::uint8_t { kAnswer, kNothing, kError };

Kind kind_of(Rcode rcode, bool has_answers) {
  if (rcode == Rcode::kNxDomain) return Kind::kNothing;
  if (rcode != Rcode::kNoError) return Kind::kError;
  return has_answers ? Kind::kAnswer : Kind::kNothing;
}

std::uint64_t key_of(const base::IpAddress& from, Kind kind, std::uint64_t seed) {
  const bool is_v4 = from.is_v4();
  std::array<std::uint8_t, 8> bytes{};
  const std::size_t count = is_v4 ? kNetworkBitsV4 / 8 : kNetworkBitsV6 / 8;
  std::copy_n(from.bytes().begin() + (is_v4 ? 12 : 0), count, bytes.begin());
  bytes[7] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) << 1 | (is_v4 ? 1 : 0));
  const std::uint64_t hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
  return hash == 0 ? 1 : hash;  // 0 marks a free place
}

std::uint32_t unix_seconds(base::WallTime time) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::size_t bytes_max_of(const Query& query, Transport transport, std::size_t room_bytes) {
  if (transport == Transport::kTcp) return room_bytes;
  const std::size_t asked = query.edns ? query.edns->udp_bytes_max : wire::dns::kPlainUdpBytesMax;
  return std::min(asked, Answerer::kUdpBytesMax);
}

}  // namespace

std::uint64_t Repeated::note(base::Time now) {
  count_.fetch_add(1, std::memory_order_relaxed);
  const std::int64_t at = now.time_since_epoch().count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  if (at < next) return 0;
  const std::int64_t after = at + base::Duration(kEvery).count();
  if (!next_.compare_exchange_strong(next, after, std::memory_order_relaxed)) return 0;
  return count_.exchange(0, std::memory_order_relaxed);
}

Answerer::Answerer(std::shared_ptr<const Site> site, std::size_t worker, std::uint64_t seed, sign::Signer& signer,
                   QueryObserver* observer, Warn warn)
    : site_(std::move(site)),
      worker_(worker),
      counters_(site_->counters->of(worker)),
      signer_(signer),
      observer_(site_->dns->query_log ? observer : nullptr),
      warn_(std::move(warn)),
      random_(seed),
      zones_(site_->zones),
      chooser_(site_->atlas, site_->regions, worker, random_.next()) {}

wire::dns::EdnsReply Answerer::edns_reply(Case& one) {
  wire::dns::EdnsReply out;
  out.udp_bytes_max = kUdpBytesMax;
  if (!one.query.edns) return out;
  const wire::dns::Edns& asked = *one.query.edns;
  if (asked.subnet) counters_.with_subnet.add();
  if (!asked.cookie.empty()) {
    const std::uint32_t seconds = unix_seconds(one.now.wall);
    one.cookie = site_->cookies.judge(asked.cookie, one.from, seconds);
    out.cookie = site_->cookies.reply_to(asked.cookie, one.cookie, one.from, seconds, one.cookie_room);
    counters_.cookies[static_cast<std::size_t>(one.cookie) - 1].add();
  }
  if (asked.wants_keep_alive && one.transport == Transport::kTcp) {
    const std::int64_t tenths = site_->settings->timeouts.idle / std::chrono::milliseconds(100);
    out.keep_alive_tenths = static_cast<std::uint16_t>(std::min<std::int64_t>(tenths, UINT16_MAX));
  }
  return out;
}

/// Version of what answers (RFC 4892 section 2): for those who ask, if the configuration says so.
zone::Verdict Answerer::answer_chaos(const Query& query, Response& response) const {
  const bool is_version = query.lower_name() == kVersionBind || query.lower_name() == kVersionServer;
  if (!is_version || query.type != Type::kTxt || site_->version_data.empty()) return {Rcode::kRefused, false};
  response.record(Section::kAnswer, query.lower_name(), Type::kTxt, 0, site_->version_data);
  return {Rcode::kNoError, true};
}

zone::Verdict Answerer::decide(const Case& one, Sense sense, Response& response) {
  const Query& query = one.query;
  switch (sense) {
    case Sense::kAsked:
      break;
    case Sense::kCookie:
      return {one.cookie == Cookies::Standing::kBad ? Rcode::kBadCookie : Rcode::kNoError, false};
    case Sense::kUnknown:
      return {Rcode::kNotImp, false};
    case Sense::kVersion:
      return {Rcode::kBadVers, false};
    case Sense::kNothing:
    case Sense::kMalformed:
      return {Rcode::kFormErr, false};
  }
  if (query.in_class == Class::kChaos) return answer_chaos(query, response);
  if (query.in_class != Class::kIn) return {Rcode::kRefused, false};
  const zone::Zone* const zone = zones_.zones().find(query.lower_name(), query.type);
  if (zone == nullptr) return {Rcode::kRefused, false};
  chooser_.ask_for(query, one.from);
  zone::Signing* const signing = signer_.begin(*zone, one.now.wall, counters_.signatures);
  return zone::answer(*zone, query, static_cast<std::uint32_t>(random_.next()), chooser_, response, signing);
}

Answerer::Leave Answerer::leave_of(const Case& one, Rcode rcode, bool has_answers) {
  if (site_->limiter == nullptr || one.transport == Transport::kTcp || one.cookie == Cookies::Standing::kValid) {
    return Leave::kGiven;
  }
  const std::uint64_t key = key_of(one.from, kind_of(rcode, has_answers), site_->limiter_seed);
  if (site_->limiter->admit(key, one.now.steady).allowed) return Leave::kGiven;
  const std::uint32_t slip = site_->dns->slip;
  return slip != 0 && random_.below(slip) == 0 ? Leave::kSlipped : Leave::kDropped;
}

/// Who has sent a cookie of his own learns one of ours, and is asked to come again with it (RFC 7873 section 5.2.3);
/// others are asked to come over TCP, which nobody does in another's name.
Rcode Answerer::shorten(Case& one, Rcode rcode, Response& response) {
  counters_.slipped.add();
  if (one.cookie == Cookies::Standing::kNone) {
    response.truncate();
    one.detail = "over the rate: truncated";
    return rcode;
  }
  response.forget_records();
  one.detail = "over the rate: told to use the cookie";
  return Rcode::kBadCookie;
}

std::size_t Answerer::answer(std::string_view message, const base::IpAddress& from, Transport transport, Moment now,
                             std::span<char> room) {
  Case one(message, from, transport, now);
  counters_.queries[static_cast<std::size_t>(transport)].add();
  const bool is_told = observer_ != nullptr && observer_->wants();
  const base::Time begun = is_told ? base::now() : base::Time();
  const Sense sense = wire::dns::parse_query(message, one.query);
  if (sense == Sense::kNothing) {
    counters_.malformed.add();
    return 0;
  }
  const wire::dns::EdnsReply edns = edns_reply(one);
  Response response(one.query, room, bytes_max_of(one.query, transport, room.size()), edns);
  chooser_.forget();
  zone::Verdict verdict = decide(one, sense, response);
  const Leave leave = leave_of(one, verdict.rcode, response.has_answers());
  if (leave == Leave::kDropped) {
    counters_.limited.add();
    one.detail = "over the rate: dropped";
    if (is_told) tell(one, begun, wire::dns::to_string(verdict.rcode), 0);
    return 0;
  }
  if (leave == Leave::kSlipped) {
    verdict.rcode = shorten(one, verdict.rcode, response);
  } else if (chooser_.choice().is_asked()) {
    count_choice(now.steady);
  }
  if (!response.does_fit()) counters_.truncated.add();
  counters_.answers[index_of(verdict.rcode)].add();
  const std::size_t bytes = response.finish(verdict.rcode, verdict.is_authoritative);
  if (is_told) tell(one, begun, wire::dns::to_string(verdict.rcode), bytes);
  return bytes;
}

/// Of the choice that was made.
std::size_t Answerer::reason() const {
  const Choice& choice = chooser_.choice();
  if (!choice.has_region()) return kLastResort;
  const bool is_own = choice.client.region == geoip::kNoRegion || choice.serving.region == choice.client.region;
  return is_own ? static_cast<std::size_t>(choice.client.why) : kFailover;
}

void Answerer::count_choice(base::Time now) {
  const Choice& choice = chooser_.choice();
  const std::size_t why = reason();
  const std::size_t region = why == kLastResort ? geoip::kNoRegion : choice.serving.region;
  const auto& counters = site_->region_counters;
  if (!counters.empty()) {
    counters[std::min<std::size_t>(region, counters.size() - 1)]->of(worker_).by_reason[why].add();
  }
  if (why != kLastResort) [[likely]]
    return;
  const std::uint64_t times = site_->last_resort->note(now);
  if (times == 0 || !warn_) return;
  warn_(fmt::format(
      "no region can serve pool {}: answered with all addresses of all regions, which may or may not work; {} {} "
      "since this was last said",
      choice.pool, times, times == 1 ? "such answer" : "such answers"));
}

void Answerer::tell(const Case& one, base::Time begun, std::string_view rcode, std::size_t bytes) const {
  const Choice& choice = chooser_.choice();
  QueryRecord record;
  record.came_at = one.now.wall;
  record.took = base::now() - begun;
  record.from = one.from;
  record.transport = one.transport;
  record.query = &one.query;
  if (choice.is_asked()) {
    record.pool = choice.pool;
    if (choice.has_region()) record.region = chooser_.name_of(choice.serving.region);
    record.reason = reason_text(reason());
  }
  record.rcode = rcode;
  record.detail = one.detail;
  record.query_bytes = one.message.size();
  record.answer_bytes = bytes;
  observer_->answered(site_->settings->name, record);
}

}  // namespace headgate::proxy::dns::server
