#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/arena.h"
#include "base/local_ptr.h"
#include "proxy/cache/flight/flight.h"
#include "proxy/cache/memory/writer.h"
#include "proxy/cache/rules/reuse.h"
#include "proxy/cache/rules/storing.h"
#include "proxy/cache/stage/combining.h"
#include "proxy/cache/stage/place.h"
#include "proxy/cache/stage/surroundings.h"
#include "proxy/cache/stage/tier/to_disk.h"

namespace headgate::proxy::cache::stage {

/// One request to the origin for the cache's sake: for who asked, for those who wait for the same, and for nobody any
/// more when these have gone. It has all that it needs itself, and runs as a task of its worker.
///
///     base::LocalPtr<Fetch> fetch(new Fetch(around, order, flight));
///     around.fetches.spawn(Fetch::serve(fetch));
///     ... wait until flight->state() is not kAsking; look at fetch->result()
class Fetch final : public base::LocallyCounted, private origin::ClientLink {
 public:
  struct Order {
    const wire::http::RequestHead& asked;  ///< as the client sent it
    const message::Request& request;       ///< as it is to be sent
    const Place& place;
    memory::Reference old;  ///< to be revalidated, or to be completed where it is a part; may be none
    origin::ClientEnds ends;
    bool can_be_joined;  ///< the flight is in the store's table under place.hash
  };
  enum class Result : std::uint8_t {
    kNone,         ///< it is under way
    kStored,       ///< entry() has the answer, of which the body may still be growing
    kRevalidated,  ///< entry() is the old one, with the fields of a 304
    kStandIn,      ///< the origin failed, and the old one may be given in its place: reuse() says why
    kPassed,       ///< response() has the answer, for who asked alone
    kFailed,       ///< error() says why there is none
  };

  Fetch(const Surroundings& around, Order order, std::shared_ptr<flight::Flight> flight);
  ~Fetch() override;

  static net::Task<void> serve(base::LocalPtr<Fetch> self);

  Result result() const { return result_; }
  const memory::Reference& entry() const { return entry_; }
  message::Response& response() { return response_; }
  const base::Error& error() const { return *error_; }
  const rules::Reuse& reuse() const { return reuse_; }
  rules::Reason reason() const { return reason_; }
  const message::Record& record() const { return record_; }
  /// The oldest interim answer (1xx) that was not taken; null: there is none. For the client that the fetch is for;
  /// each comes with a wake of the flight.
  const wire::http::ResponseHead* take_interim();
  /// What came after the body; null: nothing, or not yet.
  const wire::http::Fields* trailers() const { return trailers_.empty() ? nullptr : &trailers_; }

 private:
  net::Task<base::Result<void>> send_interim(const wire::http::ResponseHead& head) override;
  void cancel_when_gone(bool) override {}
  origin::ClientEnds ends() const override;

  net::Task<void> ask();
  net::Task<void> pump();
  net::Task<bool> pump_body();
  net::Task<bool> pump_stored(StoredBody::Piece piece);
  net::Task<bool> append(std::string_view bytes);
  void prepare();
  void prepare_part();
  void add_own_range();
  void compress();
  bool is_answer_to_rest() const;
  void judge_failure(rules::Failure failure);
  bool is_freshened();
  void settle_answer();
  void add_date();
  void combine();
  memory::Writer begin(const rules::Storing& storing);
  std::unique_ptr<tier::ToDisk> begin_on_disk(const rules::Storing& storing, std::uint64_t length);
  void pass(const rules::Storing& storing);
  net::Task<void> spill(std::uint64_t stored_bytes);
  bool store_text();
  void settle(Result result);
  void finish(bool is_whole);
  rules::Fetched fetched() const;

  Surroundings around_;
  base::LocalPtr<origin::PoolDirectory> keeps_;
  base::Arena arena_;
  wire::http::RequestHead asked_;
  message::Request request_;
  std::string_view primary_;
  Marker marker_;
  key::Hash hash_;
  memory::Reference old_;
  memory::Reference part_;                // what the answer may be put together with
  std::optional<rules::ByteRange> rest_;  // nothing else was asked for, for its sake
  bool can_be_joined_;
  std::string asked_for_;
  origin::ClientEnds ends_;
  std::shared_ptr<flight::Flight> flight_;
  std::uint64_t sequence_;
  message::Record record_;
  base::WallTime requested_;
  base::WallTime received_;
  std::optional<origin::Call> call_;
  Result result_ = Result::kNone;
  std::optional<base::Error> error_;
  rules::Reuse reuse_;
  rules::Reason reason_ = rules::Reason::kNotThere;
  memory::Reference entry_;
  std::deque<wire::http::ResponseHead> interims_;  // origin::Attempt::kInterimsMax for each attempt
  std::size_t interims_taken_ = 0;
  message::Response response_;
  wire::http::Fields trailers_;
  std::optional<Combination> combination_;
  memory::Writer writer_;
  std::unique_ptr<tier::ToDisk> to_disk_;  // beside the writer, once that passes
};

}  // namespace headgate::proxy::cache::stage
