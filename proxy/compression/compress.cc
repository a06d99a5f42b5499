#include "proxy/compression/compress.h"

#include <memory>
#include <optional>
#include <utility>

#include "proxy/compression/answer_fields.h"

namespace headgate::proxy::compression {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;
using wire::http::Method;

std::optional<std::uint64_t> length_of(const message::Response& response) {
  if (response.body_length) return response.body_length;
  if (response.stated_length) return response.stated_length;
  if (response.body == nullptr) return response.text.size();
  return std::nullopt;
}

bool has_trailers(const message::BodySource& body) {
  return body.trailers() != nullptr && !body.trailers()->empty();
}

void forget_body(message::Response& response) {
  response.text = {};
  response.body_length.reset();
  response.stated_length.reset();
}

/// The client asks whether it still has W/"x".
bool asks_weakly(const Fields& request, std::string_view strong_etag, base::Arena& arena) {
  if (!request.has(FieldId::kIfNoneMatch)) return false;
  const std::string_view weak = arena.concat({"W/", strong_etag});
  for (const Field& field : request) {
    if (field.id == FieldId::kIfNoneMatch && field.value.find(weak) != field.value.npos) return true;
  }
  return false;
}

/// RFC 9110 section 15.4.5: ETag and Vary as the 200 would have them; and RFC 9111 section 4.3.4 takes a strong tag in
/// a 304 for another one than the weak tag that the client has stored.
void settle_not_modified(const Job& job, const message::Request& request, message::Response& response) {
  Fields& fields = response.head.fields;
  const std::string_view etag = fields.value_of(FieldId::kEtag);
  if (is_strong_etag(etag) && asks_weakly(request.head.fields, etag, job.arena)) weaken_etag(fields, job.arena);
  if (!fields.has(FieldId::kContentType) || job.rules.takes_type(fields.value_of(FieldId::kContentType))) {
    add_vary(fields, job.arena);
  }
}

/// The origin sent it again, though the client has it.
bool is_known_to_client(const Job& job, const message::Request& request, const message::Response& response) {
  const Method method = request.head.method;
  const std::string_view etag = response.head.fields.value_of(FieldId::kEtag);
  const bool is_read = method == Method::kGet || method == Method::kHead;
  return is_read && response.head.status == 200 && is_strong_etag(etag) &&
         asks_weakly(request.head.fields, etag, job.arena);
}

void skip(const Job& job, Skip why) {
  job.counters.skipped[static_cast<std::size_t>(why)].add();
}

/// A body whose length nobody stated, and that turned out to be short: it is sent with its length.
void send_as_it_is(std::unique_ptr<PeekedBody> source, message::Response& response) {
  if (source->is_seen_whole() && !has_trailers(*source)) response.body_length = source->seen_bytes();
  response.body = std::move(source);
}

/// From a body, or a text, to a body in a coding. What it was skipped for, otherwise.
Skip encode(const Job& job, std::optional<std::uint64_t> length, message::Response& response) {
  const bool is_text = response.body == nullptr;
  auto source =
      is_text ? std::make_unique<PeekedBody>(response.text) : std::make_unique<PeekedBody>(std::move(response.body));
  if (!length || *length <= kWholeBytesMax) source->look(kWholeBytesMax);
  const bool is_whole = source->is_seen_whole();
  if (is_whole) length = source->seen_bytes();
  Skip why = Skip::kNone;
  if (is_whole && *length < job.rules.min_bytes()) why = Skip::kSmall;
  LentEncoder encoder;
  if (why == Skip::kNone) {
    encoder = job.workshop.encoders.borrow(job.wanted, job.rules.level_of(job.wanted), length);
    if (!encoder) why = Skip::kBusy;
  }
  if (why == Skip::kNone) {
    Counters::OfCoding& counters = job.counters.of(job.wanted);
    auto body =
        std::make_unique<CompressedBody>(job.workshop, std::move(encoder), std::move(source), job.record, counters);
    const bool at_once = is_whole && *length <= kWholeBytesMax && job.workshop.turns.try_take();
    if (!at_once || body->try_whole()) {
      forget_body(response);
      if (at_once && !has_trailers(*body)) response.body_length = body->ready_bytes();
      response.body = std::move(body);
      counters.answers.add();
      job.record.coding = job.wanted;
      return Skip::kNone;
    }
    source = body->give_back_source();
    why = Skip::kIncompressible;
  }
  if (!is_text) send_as_it_is(std::move(source), response);
  return why;
}

}  // namespace

void compress(const Job& job, const message::Request& request, message::Response& response) {
  wire::http::ResponseHead& head = response.head;
  if (response.tunnel) return;
  if (head.status == 304) return settle_not_modified(job, request, response);
  if (wire::http::is_bodiless(head.status)) return;
  const std::optional<std::uint64_t> length = length_of(response);
  const Judgement judgement = job.rules.judge(job.wanted, request.head, head, length);
  if (judgement.varies) add_vary(head.fields, job.arena);
  if (judgement.varies && is_known_to_client(job, request, response)) {
    make_not_modified(head);
    weaken_etag(head.fields, job.arena);
    return forget_body(response);  // the body itself holds the head's texts; the client's side leaves it unread
  }
  const bool is_head = request.head.method == Method::kHead;
  Skip why = judgement.skip;
  if (why == Skip::kNone) {
    if (is_head) {
      forget_body(response);
    } else {
      why = encode(job, length, response);
    }
  }
  if (why == Skip::kNone) {
    mark_encoded(head.fields, job.wanted, job.arena);
  } else if (!is_head) {
    skip(job, why);
  }
}

}  // namespace headgate::proxy::compression
