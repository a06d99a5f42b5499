#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/random.h"
#include "proxy/dns/server/chooser.h"
#include "proxy/dns/server/record.h"
#include "proxy/dns/server/site.h"
#include "proxy/dns/sign/signer.h"

namespace headgate::proxy::dns::server {

/// Now, in both senses.
struct Moment {
  base::Time steady;
  base::WallTime wall;
};

/// What answers the queries of one dns listener on one worker: a message in, a message out. Pure but for what it
/// counts; neither allocates nor waits, unless a pool's health has changed since it was asked for that pool.
///
///     const std::size_t bytes = answerer.answer(message, from, Transport::kUdp, now, room);
///     if (bytes != 0) ...send the first `bytes` of `room`
class Answerer {
 public:
  /// Over UDP no answer is longer, whatever the asker could take: what is would be cut into fragments on its way, or
  /// lost (DNS flag day 2020), and is what makes forged queries worth sending.
  static constexpr std::size_t kUdpBytesMax = 1232;
  /// What an answer needs at least.
  static constexpr std::size_t kRoomBytesMin = wire::dns::Response::kLeastBytes;

  /// Told of what an operator should know, at most once a minute.
  using Warn = std::function<void(const std::string& text)>;

  /// `signer` is the worker's, which outlives this, as `observer` does, which may be null.
  Answerer(std::shared_ptr<const Site> site, std::size_t worker, std::uint64_t seed, sign::Signer& signer,
           QueryObserver* observer, Warn warn);

  /// Writes an answer into `room` (kRoomBytesMin at least), and no more than that, and returns its length; 0: nobody is
  /// to be answered.
  std::size_t answer(std::string_view message, const base::IpAddress& from, Transport transport, Moment now,
                     std::span<char> room);

  const Site& site() const { return *site_; }
  Counters& counters() { return counters_; }

 private:
  /// One message on its way through.
  struct Case {
    // As a constructor, which leaves the arrays as they are.
    Case(std::string_view a_message, const base::IpAddress& a_from, Transport a_transport, const Moment& a_now)
        : message(a_message), from(a_from), transport(a_transport), now(a_now) {}
    std::string_view message;
    const base::IpAddress& from;
    Transport transport;
    Moment now;
    wire::dns::Query query;
    Cookies::Standing cookie = Cookies::Standing::kNone;
    std::array<char, Cookies::kBytes> cookie_room;
    std::string_view detail;
  };
  /// What becomes of an answer that is made.
  enum class Leave : std::uint8_t { kGiven, kSlipped, kDropped };

  wire::dns::EdnsReply edns_reply(Case& one);
  zone::Verdict decide(const Case& one, wire::dns::Sense sense, wire::dns::Response& response);
  zone::Verdict answer_chaos(const wire::dns::Query& query, wire::dns::Response& response) const;
  Leave leave_of(const Case& one, wire::dns::Rcode rcode, bool has_answers);
  /// What is sent in place of an answer that is over the rate.
  wire::dns::Rcode shorten(Case& one, wire::dns::Rcode rcode, wire::dns::Response& response);
  std::size_t reason() const;
  void count_choice(base::Time now);
  void tell(const Case& one, base::Time begun, std::string_view rcode, std::size_t bytes) const;

  std::shared_ptr<const Site> site_;
  std::size_t worker_;
  Counters& counters_;
  sign::Signer& signer_;
  QueryObserver* observer_;  // null: nobody is told
  Warn warn_;
  base::Random random_;
  ZonesView zones_;
  RegionChooser chooser_;
};

}  // namespace headgate::proxy::dns::server
