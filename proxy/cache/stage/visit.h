#pragma once
#include <cstdint>
#include <optional>

#include "base/arena.h"
#include "base/local_ptr.h"
#include "proxy/cache/rules/cache_status.h"
#include "proxy/cache/rules/reuse.h"
#include "proxy/cache/rules/storing.h"
#include "proxy/cache/stage/answer.h"
#include "proxy/cache/stage/fetch.h"
#include "proxy/cache/stage/place.h"
#include "proxy/cache/stage/surroundings.h"
#include "proxy/cache/stage/tier/look.h"

namespace headgate::proxy::cache::stage {

/// One request at its route's cache.
///
///     if (visit.try_answer(response)) { ... no field of the request was touched, nothing waited ... }
///     else answered = co_await visit.respond(call, response);   // the request now as its origin is to get it
///     visit.sign(response);                                     // on every answer
class Visit {
 public:
  /// `heads`: what may become of the answer's head.
  Visit(const Surroundings& around, const message::Request& request, Heads heads, message::Record& record,
        base::Arena& arena);
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  /// Answers what needs no origin.
  bool try_answer(message::Response& response);
  /// After that had no answer: the disk has to be waited for first.
  bool is_for_disk() const { return is_for_disk_; }
  /// Waits, and tries again. The request is still untouched.
  net::Task<bool> answer_from_disk(message::Response& response);
  /// Answers everything else, in the origin's words or with what is stored. Errors are those of Origin::respond().
  net::Task<base::Result<void>> respond(origin::Call& call, message::Response& response);
  /// Adds Age where what is stored was given, and Cache-Status (RFC 9211).
  void sign(message::Response& response);
  /// The route's `compress` has seen the answer, or must not.
  bool is_settled() const { return is_settled_; }
  /// The answer went out.
  void note_end(std::uint64_t body_bytes);

 private:
  static constexpr int kRestartsMax = 2;
  /// A marker of variants, then the variant; and each once more where it was replaced meanwhile.
  static constexpr int kLooksMax = 4;

  /// What a request that waits for the disk has of it.
  struct AtDisk {
    int looks = 0;
    bool came_from_it = false;
    std::shared_ptr<tier::Large> large = std::make_shared<tier::Large>();
    std::optional<purge::Purge> purge;
  };

  bool look();
  const tier::Large* large() const { return at_disk_ == nullptr ? nullptr : at_disk_->large.get(); }
  bool answer_purge(message::Response& response);
  void say_purged(std::string_view text, message::Response& response);
  bool give_stored(message::Response& response, Outcome outcome);
  void answer_only_if_cached(message::Response& response);
  net::Task<base::Result<void>> forward(origin::Call& call, message::Response& response);
  net::Task<base::Result<void>> fetch(origin::Call& call, message::Response& response);
  net::Task<flight::State> wait_for(std::shared_ptr<flight::Flight> flight, Fetch* led, origin::Call& call);
  void revalidate_beside(origin::Call& call);
  base::LocalPtr<Fetch> begin_fetch(origin::Call& call, std::shared_ptr<flight::Flight> flight, bool can_be_joined);
  base::Result<void> take_answer(Fetch& fetch, message::Response& response);
  bool join_stored(message::Response& response);
  bool stand_in(message::Response& response);
  bool give_fetched(const memory::Reference& entry, Parts parts, Outcome outcome, message::Response& response);
  void add_trailers(Fetch& fetch, message::Response& response);
  void take_passed(Fetch& fetch, message::Response& response);
  void note_backend(const message::Record& fetched);
  void note(Outcome outcome, rules::Reason reason);
  void after_head(const message::Response& response);

  Surroundings around_;
  const message::Request& request_;
  const Heads heads_;
  message::Record& record_;
  base::Arena& arena_;
  rules::Asking asking_;
  wire::http::RequestHead asked_;  // once the request is about to be changed
  Place place_;
  rules::Reuse reuse_;
  rules::CacheStatus status_;
  message::CacheNote note_;  // the record's, once the verdict is there
  bool tells_age_ = false;
  bool is_settled_ = false;
  bool is_plain_hit_ = false;  // a fresh one, of which there is nothing more to say
  bool is_for_disk_ = false;
  std::unique_ptr<AtDisk> at_disk_;  // null for those that have nothing to do with it
  std::optional<Tier> tier_;         // nothing: neither had to do with it
  memory::Reference given_;          // whose texts the answer has, or else place_.entry's
  base::LocalPtr<Fetch> fetch_;      // the same
};

}  // namespace headgate::proxy::cache::stage
