#include "proxy/cache/stage/fetch.h"

#include <sys/uio.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "net/waiting.h"
#include "proxy/cache/disk/tier.h"
#include "proxy/cache/rules/validation.h"
#include "proxy/cache/stage/placing.h"
#include "proxy/cache/stage/tier/tee_body.h"
#include "proxy/compression/answer_fields.h"
#include "proxy/compression/compress.h"
#include "proxy/message/copied_head.h"
#include "wire/http/date.h"

namespace headgate::proxy::cache::stage {
namespace {

using memory::Body;
using wire::http::FieldId;
using wire::http::Fields;

constexpr std::uint64_t kRevalidations = Fields::bit(FieldId::kIfNoneMatch) | Fields::bit(FieldId::kIfModifiedSince);
constexpr std::uint64_t kRange = Fields::bit(FieldId::kRange) | Fields::bit(FieldId::kIfRange);
/// The Edge Architecture's word for what this cache understands: that Surrogate-Control is for it.
constexpr std::string_view kCapability = "headgate=\"Surrogate/1.0\"";
/// Of a body that is at hand with its head so much is stored before anybody hears of it, so that a small answer goes to
/// its client in one piece.
constexpr std::size_t kAtOnceBytesMax = 64 * 1024;

/// Whatever the method was, the cache asks for what it can store.
void copy_as_get(const wire::http::RequestHead& from, wire::http::RequestHead& to, base::Arena& arena) {
  message::copy_head(from, to, arena);
  to.method = wire::http::Method::kGet;
  to.method_text = "GET";
}

/// Known to the flight as who waits for readers, while it waits.
class WriterGate {
 public:
  WriterGate(flight::Flight& flight, net::Loop& loop) : flight_(flight), gate_(loop) { flight_.set_writer(&gate_); }
  ~WriterGate() { flight_.set_writer(nullptr); }
  WriterGate(const WriterGate&) = delete;
  WriterGate& operator=(const WriterGate&) = delete;
  net::Gate& gate() { return gate_; }

 private:
  flight::Flight& flight_;
  net::Gate gate_;
};

}  // namespace

Fetch::Fetch(const Surroundings& around, Order order, std::shared_ptr<flight::Flight> flight)
    : around_(around),
      keeps_(&around.pools),
      primary_(arena_.copy(order.place.primary)),
      marker_(arena_.copy(order.place.marker.text())),
      hash_(order.place.hash),
      old_(std::move(order.old)),
      can_be_joined_(order.can_be_joined),
      asked_for_(order.ends.asked_for),
      ends_(std::move(order.ends)),
      flight_(std::move(flight)),
      sequence_(around.cache.store->book().sequence()) {
  ends_.asked_for = asked_for_;
  copy_as_get(order.asked, asked_, arena_);
  copy_as_get(order.request.head, request_.head, arena_);
  request_.client = order.request.client;
  request_.where = order.request.where;
  request_.secure = order.request.secure;
  request_.id = arena_.copy(order.request.id);
  record_.start = around_.loop.now();
  prepare();
}

Fetch::~Fetch() {
  if (result_ == Result::kNone) {
    error_.emplace(base::Error{base::ErrorKind::kUnavailable, base::Fault::kHeadgate, "the fetch was given up"});
    settle(Result::kFailed);
  }
  if (writer_) finish(false);
}

/// Its client may be busy with the one before it, or gone: it takes them as it can, and nobody waits for that.
net::Task<base::Result<void>> Fetch::send_interim(const wire::http::ResponseHead& head) {
  wire::http::ResponseHead& kept = interims_.emplace_back();
  kept.status = head.status;
  kept.reason = arena_.copy(head.reason);
  message::copy_fields(head.fields, kept.fields, arena_);
  flight_->wake();
  co_return base::Result<void>();
}

const wire::http::ResponseHead* Fetch::take_interim() {
  return interims_taken_ == interims_.size() ? nullptr : &interims_[interims_taken_++];
}

origin::ClientEnds Fetch::ends() const {
  return ends_;
}

/// The request as the cache asks it: for the whole, or whether what is stored still holds. The client's own conditions
/// are answered from what comes of that.
void Fetch::prepare() {
  Fields& fields = request_.head.fields;
  fields.add("Surrogate-Capability", kCapability);
  if (!fields.has(FieldId::kRange)) fields.remove(FieldId::kIfRange);
  fields.remove_all(kRevalidations);
  if (old_ && old_.record().meta().has(rules::Meta::kPartial)) prepare_part();
  if (!old_) return;
  Fields stored;
  old_.record().add_fields_to(stored);
  rules::Condition condition = rules::condition_of(stored, old_.record().meta());
  // Compressing made a weak tag of a strong one, which is the only one that the origin may know.
  constexpr std::string_view kWeak = "W/";
  const bool was_strong =
      around_.compression != nullptr && stored.has(FieldId::kContentEncoding) && condition.etag.starts_with(kWeak);
  if (was_strong) condition.etag = arena_.concat({condition.etag, ", ", condition.etag.substr(kWeak.size())});
  if (condition.etag.empty() && condition.last_modified.empty()) {
    fields.remove_all(Fields::bit(FieldId::kRange) | Fields::bit(FieldId::kIfRange));
    return;
  }
  rules::make_conditional(fields, condition);
}

/// Of a part that lacks what is asked for the rest is asked for, if that is one piece. What is there stands in for
/// nothing then.
void Fetch::prepare_part() {
  part_ = old_.again();
  const Rest rest = rest_of(part_, asked_, base::wall_now());
  if (rest.kind == Rest::Kind::kNothing) return;
  old_ = memory::Reference();
  if (rest.kind == Rest::Kind::kAsAsked) return;
  Fields& fields = request_.head.fields;
  fields.remove_all(kRange);
  const std::string first = std::to_string(rest.piece.first);
  const std::string last = std::to_string(rest.piece.last);
  fields.add(FieldId::kRange, arena_.concat({"bytes=", first, "-", last}));
  fields.add(FieldId::kIfRange, rest.etag);
  rest_ = rest.piece;
}

/// What the client said of ranges, in place of what the cache did.
void Fetch::add_own_range() {
  Fields& fields = request_.head.fields;
  fields.remove_all(kRange);
  if (!asked_.fields.has(FieldId::kRange)) return;
  for (const wire::http::Field& field : asked_.fields) {
    if ((Fields::bit(field.id) & kRange) != 0) fields.add(field.name, field.value, field.id);
  }
}

net::Task<void> Fetch::serve(base::LocalPtr<Fetch> self) {
  co_await self->ask();
  if (self->writer_) co_await self->pump();
}

net::Task<void> Fetch::ask() {
  const base::Duration total = around_.timeouts.total;
  const base::Time deadline = total > base::Duration::zero() ? record_.start + total : base::kNever;
  while (true) {
    requested_ = base::wall_now();
    call_.emplace(origin::Call{around_.loop, arena_, request_, record_, *this, *keeps_, around_.timeouts, deadline});
    call_->background = &around_.fetches;
    const base::Result<void> answered = co_await around_.origin.respond(*call_, response_);
    received_ = base::wall_now();
    if (!answered) {
      error_ = answered.error();
      judge_failure(rules::Failure::kUnreachable);
      co_return;
    }
    compress();
    add_date();
    combine();
    if (rest_ && !is_answer_to_rest()) {
      // Nobody asked for that. There is another representation now, or the origin does not do ranges as it should.
      rest_.reset();
      combination_.reset();
      part_ = memory::Reference();
      add_own_range();
      response_.clear();
      continue;
    }
    if (response_.head.status != 304 || !old_) break;
    if (is_freshened()) {
      settle(Result::kRevalidated);
      co_return;
    }
    // It is about something that is not stored (RFC 9111 section 4.3.3): what there is now has to be asked for.
    old_ = memory::Reference();
    request_.head.fields.remove_all(kRevalidations);
    response_.clear();
  }
  if (old_ && rules::is_failure(response_.head.status)) judge_failure(rules::Failure::kStatus);
  if (result_ == Result::kNone) settle_answer();
}

void Fetch::add_date() {
  Fields& fields = response_.head.fields;
  if (fields.has(FieldId::kDate)) return;
  char* const date = arena_.take(wire::http::kDateBytes);
  wire::http::write_date(std::chrono::floor<std::chrono::seconds>(received_).time_since_epoch().count(), date);
  fields.add(FieldId::kDate, {date, wire::http::kDateBytes});
}

void Fetch::combine() {
  if (!part_ || response_.head.status != 206) return;
  const rules::Storing storing = rules::judge_storing(fetched(), around_.cache.policy);
  const std::uint64_t bytes_max = around_.cache.store->memory().max_object();
  if (storing.store) {
    combination_ = stage::combine(part_, fetched(), storing, around_.cache.policy, bytes_max, arena_);
  }
}

/// Whether the answer to a request for the rest is one to what the client asked for: the rest, or no part at all.
bool Fetch::is_answer_to_rest() const {
  const std::uint16_t status = response_.head.status;
  if (status != 206) return status != 304 && status != 416;
  return combination_ && combination_->came.first <= rest_->first && combination_->came.last >= rest_->last;
}

void Fetch::compress() {
  if (around_.compression == nullptr) return;
  const compression::Rules& rules = *around_.compression;
  compression::compress(
      {rules, rules.coding_for(asked_.fields), around_.workshop, *around_.compression_counters, arena_, record_},
      request_, response_);
}

/// Whether what is stored may be given in place of a failure.
void Fetch::judge_failure(rules::Failure failure) {
  if (old_) {
    reuse_ = rules::judge_stale_on_error(asked_, old_.record().meta(), base::wall_now(), around_.cache.policy, failure);
    const bool may_stand_in = reuse_.verdict == rules::Verdict::kStale || reuse_.verdict == rules::Verdict::kFresh;
    if (may_stand_in) {
      entry_ = old_.again();
      return settle(Result::kStandIn);
    }
  }
  if (failure == rules::Failure::kUnreachable) settle(Result::kFailed);
}

rules::Fetched Fetch::fetched() const {
  return {asked_, response_.head, requested_, received_, false, request_.secure, &request_.head.fields};
}

/// What is stored gets the fields of the 304, if that is about it.
bool Fetch::is_freshened() {
  wire::http::ResponseHead merged;
  const entry::Record record = old_.record();
  record.add_fields_to(merged.fields);
  merged.status = record.status();
  if (!rules::is_freshened_by(merged.fields, response_.head.fields)) return false;
  rules::freshen(merged.fields, response_.head.fields, around_.cache.policy);
  const rules::Fetched now{asked_, merged, requested_, received_, false, request_.secure, &request_.head.fields};
  const rules::Storing storing = rules::judge_storing(now, around_.cache.policy);
  reason_ = storing.reason;
  if (storing.store) {
    entry_ = refresh_entry({around_.cache, primary_, marker_, now, storing, sequence_, around_.worker, arena_}, old_);
  } else {
    around_.cache.store->remove(old_);
  }
  if (!entry_) entry_ = old_.again();
  return true;
}

void Fetch::settle_answer() {
  const rules::Storing storing =
      combination_ ? combination_->storing : rules::judge_storing(fetched(), around_.cache.policy);
  reason_ = storing.reason;
  if (storing.store && response_.tunnel == nullptr) writer_ = begin(storing);
  if (!writer_) {
    pass(storing);
    return settle(Result::kPassed);
  }
  entry_ = writer_.reference(static_cast<std::uint32_t>(around_.worker));
  if (!combination_ && store_text()) finish(true);
  // Requests for what is stale at once would queue for nothing.
  if (storing.meta.fresh_until <= received_) around_.cache.store->passes().add(hash_, around_.loop.now());
  settle(Result::kStored);
}

/// The way to the disk for what memory has no room for; null where there is none.
std::unique_ptr<tier::ToDisk> Fetch::begin_on_disk(const rules::Storing& storing, std::uint64_t length) {
  Store& store = *around_.cache.store;
  const bool is_too_large = length != Body::kUnknown && length > store.settings().max_object;
  if (store.disk() == nullptr || is_too_large || combination_ || storing.meta.has(rules::Meta::kPartial))
    return nullptr;
  std::optional<tier::ToDisk::Material> material = material_for_disk(
      {around_.cache, primary_, marker_, fetched(), storing, sequence_, around_.worker, arena_}, length);
  if (!material) return nullptr;
  return tier::ToDisk::begin(std::move(*material), store, around_.worker, around_.loop);
}

/// Goes to its client, and to the disk if there is one, without being stored in memory.
void Fetch::pass(const rules::Storing& storing) {
  if (!storing.store || response_.tunnel != nullptr || response_.body == nullptr) return;
  std::unique_ptr<tier::ToDisk> disk = begin_on_disk(storing, response_.body_length.value_or(Body::kUnknown));
  if (disk != nullptr) response_.body = std::make_unique<tier::TeeBody>(std::move(response_.body), std::move(disk));
}

/// Of a body that has turned out to be too large for memory: what was stored of it until then, which its readers have
/// there still, goes to the disk, and the rest as it comes.
net::Task<void> Fetch::spill(std::uint64_t stored_bytes) {
  to_disk_ = begin_on_disk(rules::judge_storing(fetched(), around_.cache.policy), Body::kUnknown);
  for (std::uint64_t at = 0; to_disk_ != nullptr && at < stored_bytes;) {
    iovec piece{};
    const std::uint64_t until = std::min(stored_bytes, at + kAtOnceBytesMax);
    if (entry_.body().gather(at, until, std::span(&piece, 1)) == 0) break;
    to_disk_->append({static_cast<const char*>(piece.iov_base), piece.iov_len});
    at += piece.iov_len;
    if (!to_disk_->has_room()) co_await to_disk_->wait();
  }
}

/// None where there is no room for it.
memory::Writer Fetch::begin(const rules::Storing& storing) {
  if (combination_) {
    const rules::Fetched both{asked_, combination_->head, requested_,           received_,
                              false,  request_.secure,    &request_.head.fields};
    return begin_entry({around_.cache, primary_, marker_, both, storing, sequence_, around_.worker, arena_},
                       combination_->bytes, memory::Visibility::kAtOnce, flight_);
  }
  std::uint64_t length = response_.text.size();
  if (response_.body != nullptr) length = response_.body_length.value_or(Body::kUnknown);
  if (length != Body::kUnknown && length > around_.cache.store->memory().max_object()) return {};
  // Nobody looks for a part that is not there yet, and what is there may well be more.
  const bool is_part = storing.meta.has(rules::Meta::kPartial);
  return begin_entry({around_.cache, primary_, marker_, fetched(), storing, sequence_, around_.worker, arena_}, length,
                     is_part ? memory::Visibility::kWhenFinished : memory::Visibility::kAtOnce, flight_);
}

/// Stores what is at hand; whether that was all.
bool Fetch::store_text() {
  if (response_.body == nullptr) {
    return writer_.append(response_.text).bytes == response_.text.size() && !writer_.is_passing();
  }
  message::BodySource& body = *response_.body;
  for (std::size_t taken = 0; taken < kAtOnceBytesMax;) {
    if (body.at_end()) return true;
    const std::string_view bytes = body.take_ready();
    if (bytes.empty()) return body.at_end();
    taken += bytes.size();
    if (writer_.append(bytes).bytes != bytes.size() || writer_.is_passing()) return false;
  }
  return body.at_end();
}

void Fetch::settle(Result result) {
  result_ = result;
  Store& store = *around_.cache.store;
  if (can_be_joined_) store.flights().leave(hash_, *flight_);
  switch (result) {
    case Result::kStored:
    case Result::kRevalidated:
      return flight_->become(flight::State::kStored);
    case Result::kPassed:
      store.passes().add(hash_, around_.loop.now());
      return flight_->become(flight::State::kPassed);
    default:
      return flight_->become(flight::State::kFailed);
  }
}

net::Task<void> Fetch::pump() {
  co_await net::next_turn(around_.loop);  // who asked begins to read first
  bool is_whole = true;
  if (combination_) is_whole = co_await pump_stored(combination_->before);
  if (is_whole) is_whole = co_await pump_body();
  if (is_whole && combination_) is_whole = co_await pump_stored(combination_->after);
  finish(is_whole);
}

/// True: all of the answer's body was stored, or went to its readers.
net::Task<bool> Fetch::pump_body() {
  net::TurnShare share(around_.loop);
  std::uint64_t left = combination_ ? combination_->came.bytes() : Body::kUnknown;
  if (response_.body == nullptr) {
    if (!combination_ || response_.text.size() != left) co_return false;
    const bool appended = co_await append(response_.text);
    co_return appended;
  }
  message::BodySource& body = *response_.body;
  while (true) {
    const std::string_view bytes = body.take_ready();
    if (bytes.empty()) {
      if (body.at_end()) co_return !combination_ || left == 0;
      const base::Result<void> waited = co_await body.wait();
      if (!waited) co_return false;
      continue;
    }
    if (bytes.size() > left) co_return false;  // more than its Content-Range says
    left -= bytes.size();
    const bool appended = co_await append(bytes);
    if (!appended) co_return false;
    flight_->wake();
    if (share.is_used_up(bytes.size())) co_await net::next_turn(around_.loop);
  }
}

/// The same of what the combination takes over.
net::Task<bool> Fetch::pump_stored(StoredBody::Piece piece) {
  net::TurnShare share(around_.loop);
  while (piece.from < piece.to) {
    iovec at{};
    const std::uint64_t until = std::min(piece.to, piece.from + kAtOnceBytesMax);
    if (part_.body().gather(piece.from, until, std::span(&at, 1)) == 0) co_return false;
    piece.from += at.iov_len;
    const std::string_view bytes(static_cast<const char*>(at.iov_base), at.iov_len);
    const bool appended = co_await append(bytes);
    if (!appended) co_return false;
    flight_->wake();
    if (share.is_used_up(at.iov_len)) co_await net::next_turn(around_.loop);
  }
  co_return true;
}

/// False: nobody reads on, and nothing is stored.
net::Task<bool> Fetch::append(std::string_view bytes) {
  const std::string_view all = bytes;
  const bool was_stored = !writer_.is_passing();
  const std::uint64_t stored_bytes = entry_.body().published();
  bytes.remove_prefix(writer_.append(bytes).bytes);
  if (was_stored && writer_.is_passing() && around_.cache.store->disk() != nullptr) co_await spill(stored_bytes);
  if (to_disk_ != nullptr) {
    to_disk_->append(all);
    if (!to_disk_->has_room()) co_await to_disk_->wait();
  }
  while (true) {
    bytes.remove_prefix(writer_.append(bytes).bytes);
    if (entry_.body().state() == Body::State::kFailed) co_return false;
    if (bytes.empty()) co_return true;
    flight_->wake();
    WriterGate writer(*flight_, around_.loop);
    flight_->wait_for_readers();
    const std::size_t taken = writer_.append(bytes).bytes;  // who read on before that said nothing
    bytes.remove_prefix(taken);
    if (taken != 0) continue;
    const bool woken =
        co_await writer.gate().wait(around_.loop.now() + StoredBody::kPatience * around_.timeouts.response);
    if (!woken) co_return false;
  }
}

void Fetch::finish(bool is_whole) {
  const Fields* const after = is_whole && response_.body != nullptr ? response_.body->trailers() : nullptr;
  if (after != nullptr) message::copy_fields(*after, trailers_, arena_);
  if (to_disk_ != nullptr) to_disk_->end(is_whole);
  if (is_whole) {
    if (writer_.finish()) around_.cache.store->keep(entry_);
  } else {
    writer_.abandon();
  }
  around_.cache.store->flights().grown(&entry_.body());
  flight_->wake();
  response_.body.reset();  // the origin's connection goes back
}

}  // namespace headgate::proxy::cache::stage
