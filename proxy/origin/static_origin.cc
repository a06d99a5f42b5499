#include "proxy/origin/static_origin.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "proxy/origin/file_body.h"
#include "proxy/origin/files/file_answer.h"
#include "wire/http/status.h"

namespace headgate::proxy::origin {
namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

/// Whether headgate writes the body itself: a line that says the status.
bool has_written_body(std::uint16_t status) {
  return status != 200 && status != 206 && !wire::http::is_bodiless(status);
}

std::string_view why(std::uint16_t status, bool is_nameable) {
  if (status == 404 && !is_nameable) {
    return "a segment that begins with a dot, or an escaped '/' or NUL, is never looked up";
  }
  switch (status) {
    case 304:
      return "the client's copy is current";
    case 308:
      return "it is a folder: the client is sent to its name with a '/'";
    case 403:
      return "the system does not let this user read it";
    case 404:
      return "there is no such file, or it is no regular one, or it lies outside the folder";
    case 405:
      return "a folder answers GET and HEAD alone";
    case 412:
      return "the request's condition does not hold";
    case 416:
      return "the range lies outside the file";
    case 503:
      return "out of descriptors or memory, or the folder keeps being renamed";
    default:
      return "";
  }
}

}  // namespace

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
  } else if (has_written_body(answer.status)) {
    response.head.fields.set(wire::http::FieldId::kContentType, kPlainText);
    response.text = call.arena.concat({wire::http::reason_phrase(answer.status), "\n"});
  }
  co_return base::Result<void>();
}

Outlook StaticOrigin::outlook(const message::Request& request, base::Arena& arena) const {
  files::FileAnswer answer = files::answer_from(root_, request.head, base::wall_now(), arena);
  const std::optional<std::string> name = root_.name_of(request.head.path);
  Outlook out;
  out.status = answer.status;
  if (has_written_body(answer.status)) {
    answer.fields.set(wire::http::FieldId::kContentType, kPlainText);
  } else if (answer.status != 304) {
    out.body_bytes = answer.body_bytes;
  }
  out.fields = std::move(answer.fields);
  if (name) out.file = directory_ + (directory_.ends_with('/') ? "" : "/") + *name;
  out.why = why(answer.status, name.has_value());
  return out;
}

}  // namespace headgate::proxy::origin
