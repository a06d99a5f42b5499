#include "proxy/admin/dashboard/dashboard.h"

#include <algorithm>
#include <string>

#include "proxy/admin/dashboard/embedded_files.h"
#include "proxy/message/semantics/preconditions.h"

namespace headgate::proxy::admin::dashboard {
namespace {

using message::semantics::Precondition;
using wire::http::FieldId;
using wire::http::Method;

constexpr std::string_view kFolder = "/dashboard/";
constexpr std::string_view kPage = "index.html";
// By this name the page learns by which build it was served: what it finds here later differs after an upgrade.
constexpr std::string_view kDigestScript = "digest.js";
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

EmbeddedFile digest_script() {
  static const std::string text = "export const digest = \"" + std::string(digest_of_embedded_files()) + "\";\n";
  static const std::string etag = '"' + std::string(digest_of_embedded_files().substr(0, 32)) + '"';
  return {kDigestScript, "text/javascript; charset=utf-8", etag, text};
}

/// Null: no such file.
const EmbeddedFile* find(std::string_view path) {
  static const EmbeddedFile digest = digest_script();
  if (path == kDigestScript) return &digest;
  const std::span<const EmbeddedFile> files = embedded_files();
  const auto found = std::find_if(files.begin(), files.end(), [path](const auto& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

/// A browser names text/html; curl and scripts send */* or nothing, and get the plain index.
bool takes_html(const wire::http::RequestHead& request) {
  for (const wire::http::Field& field : request.fields) {
    if (field.id == FieldId::kAccept && field.value.find("text/html") != std::string_view::npos) return true;
  }
  return false;
}

void fill(const wire::http::RequestHead& request, const EmbeddedFile& file, message::Response& response) {
  wire::http::Fields& fields = response.head.fields;
  fields.add(FieldId::kEtag, file.etag);
  fields.add(FieldId::kCacheControl, "no-cache");
  fields.add("Content-Security-Policy", kPolicy, FieldId::kOther);
  fields.add("Referrer-Policy", "no-referrer", FieldId::kOther);
  fields.add("Cross-Origin-Opener-Policy", "same-origin", FieldId::kOther);
  fields.add("Cross-Origin-Resource-Policy", "same-origin", FieldId::kOther);
  fields.add("X-Frame-Options", "DENY", FieldId::kOther);
  if (file.path == kPage) fields.add(FieldId::kVary, "Accept");
  const message::semantics::Validators validators{.etag = file.etag, .last_modified = std::nullopt};
  switch (message::semantics::evaluate_preconditions(request, validators, 0)) {
    case Precondition::kNotModified:
      response.head.status = 304;
      return;
    case Precondition::kFailed:
      response.head.status = 412;
      return;
    case Precondition::kProceed:
    case Precondition::kIgnoreRange:
      break;
  }
  response.head.status = 200;
  fields.add(FieldId::kContentType, file.content_type);
  response.text = file.bytes;
}

}  // namespace

bool answer(const wire::http::RequestHead& request, message::Response& response) {
  if (request.method != Method::kGet && request.method != Method::kHead) return false;
  const EmbeddedFile* file = nullptr;
  if (request.path == "/" && takes_html(request)) file = find(kPage);
  if (request.path.starts_with(kFolder)) file = find(request.path.substr(kFolder.size()));
  if (file == nullptr) return false;
  fill(request, *file, response);
  return true;
}

}  // namespace headgate::proxy::admin::dashboard
