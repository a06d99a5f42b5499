#include "proxy/cache/disk/loader.h"

#include <utility>

namespace headgate::proxy::cache::disk {
namespace {

/// The phrase of "HTTP/1.1 404 Not Found\r\n...".
std::string_view reason_in(std::string_view http1_head) {
  constexpr std::size_t kBefore = 13;
  return http1_head.substr(kBefore, http1_head.find('\r') - kBefore);
}

base::Result<Loading> bring_body(const Object& object, memory::Writer& writer) {
  Buffer piece(kPieceBytes);
  for (std::uint64_t i = 0; i < object.header().pieces(); ++i) {
    const base::Result<bool> holds = object.read_piece(i, piece.data());
    if (!holds) return holds.error();
    if (!*holds) return Loading::kDamaged;
    writer.append({piece.data(), object.bytes_of_piece(i)});
    if (writer.is_passing()) return Loading::kNoRoom;
  }
  return Loading::kDone;
}

}  // namespace

base::Result<Loading> bring_in(memory::MemoryStore& memory, std::shared_ptr<const Object> object, key::Hash hash,
                               std::uint32_t worker, Loaded& out) {
  const entry::Record record = object->record();
  wire::http::Fields fields;
  record.add_fields_to(fields);
  const entry::Parts parts{
      record.key(), record.subjects(), record.sequence(), record.status(), reason_in(record.http1_head()),
      &fields,      record.meta()};
  memory::Writer writer = memory.begin(parts, hash, object->body_bytes(), worker, memory::Visibility::kIfAbsent);
  if (!writer) return Loading::kNoRoom;
  if (object->body_bytes() > memory.max_object()) {
    out.kind = Loaded::Kind::kLarge;
    out.entry = writer.reference(worker);
    out.object = std::move(object);
    return Loading::kDone;
  }
  const base::Result<Loading> brought = bring_body(*object, writer);
  if (!brought || *brought != Loading::kDone) return brought;
  writer.finish();
  out.kind = Loaded::Kind::kInMemory;
  return Loading::kDone;
}

}  // namespace headgate::proxy::cache::disk
