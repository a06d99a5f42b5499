#include "proxy/origin/static_origin.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "proxy/origin/file_body.h"
#include "proxy/origin/files/file_answer.h"
#include "wire/http/status.h"

namespace headgate::proxy::origin {

base::Result<std::shared_ptr<const StaticOrigin>> StaticOrigin::open(const config::StaticOrigin& settings) {
  base::Result<files::StaticRoot> root = files::StaticRoot::open(settings.root, settings.index);
  if (!root) return root.error();
  return std::shared_ptr<const StaticOrigin>(new StaticOrigin(settings.root, std::move(*root)));
}

net::Task<base::Result<void>> StaticOrigin::respond(Call& call, message::Response& response) const {
  files::FileAnswer answer = files::answer_from(root_, call.request.head, base::wall_now(), call.arena);
  response.head.status = answer.status;
  for (const wire::http::Field& field : answer.fields) response.head.fields.add(field.name, field.value, field.id);
  std::erase_if(answer.parts, [](const files::FilePart& part) { return part.text.empty() && part.bytes == 0; });
  if (!answer.parts.empty()) {
    response.body_length = answer.body_bytes;
    response.body = std::make_unique<FileBody>(call.loop.buffers(), std::move(answer.file), std::move(answer.parts));
  } else if (answer.status == 200 || answer.status == 206) {
    response.stated_length = answer.body_bytes;
  } else if (!wire::http::is_bodiless(answer.status)) {
    response.head.fields.set(wire::http::FieldId::kContentType, "text/plain; charset=utf-8");
    response.text = call.arena.concat({wire::http::reason_phrase(answer.status), "\n"});
  }
  co_return base::Result<void>();
}

}  // namespace headgate::proxy::origin
