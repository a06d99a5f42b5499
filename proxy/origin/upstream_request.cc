#include "proxy/origin/upstream_request.h"

#include "wire/http1/head_writer.h"
#include "wire/http1/hop_by_hop.h"

namespace headgate::proxy::origin {
namespace {

using wire::http::FieldId;
using wire::http::Fields;

/// Written anew below, from what the request means.
constexpr std::uint64_t kLeftOut = wire::http1::kHopByHopFields | Fields::bit(FieldId::kHost) |
                                   Fields::bit(FieldId::kContentLength) | Fields::bit(FieldId::kExpect);

void write_head(const message::Request& request, std::string_view backend_address, wire::http1::HeadWriter& writer) {
  writer.request_line(request.head);
  writer.text("Host: ");
  writer.text(request.head.authority.empty() ? backend_address : request.head.authority);
  writer.text("\r\n");
  writer.fields(request.head.fields, kLeftOut);
  switch (upload_framing_of(request)) {
    case UploadFraming::kNone:
      break;
    case UploadFraming::kLength:
      writer.text("Content-Length: ");
      writer.number(*request.body_length);
      writer.text("\r\n");
      break;
    case UploadFraming::kChunked:
      writer.text("Transfer-Encoding: chunked\r\n");
      break;
  }
  if (request.expects_continue) writer.text("Expect: 100-continue\r\n");
  if (request.wants_upgrade) {
    writer.field("Connection", "Upgrade");
    writer.field("Upgrade", request.upgrade);
  }
  writer.end();
}

}  // namespace

UploadFraming upload_framing_of(const message::Request& request) {
  if (request.body == nullptr) {
    // A POST without a body says so: some servers answer 411 otherwise (RFC 9110 section 8.6).
    return request.body_length ? UploadFraming::kLength : UploadFraming::kNone;
  }
  return request.body_length ? UploadFraming::kLength : UploadFraming::kChunked;
}

std::string_view write_upstream_head(const message::Request& request, std::string_view backend_address,
                                     net::BufferPool& buffers, net::Buffer& buffer) {
  wire::http1::HeadWriter writer(buffer.data(), buffer.size());
  write_head(request, backend_address, writer);
  if (!writer.overflowed()) [[likely]]
    return writer.written();
  buffer = buffers.borrow(writer.wanted());
  wire::http1::HeadWriter again(buffer.data(), buffer.size());
  write_head(request, backend_address, again);
  return again.written();
}

}  // namespace headgate::proxy::origin
