#include <fmt/core.h>

#include "config/files.h"
#include "config/placeholders.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kBodyBytesMax = 1u << 20;

void read_root(const Reader& at, StaticOrigin& out) {
  std::string written;
  at.text(written, {1, kTextBytesMax});
  if (written.empty()) return;
  out.root = absolute_path(at.reading().folder, written);
  const base::Result<void> found = require_directory(out.root);
  if (!found) at.problem(found.error().message);
}

void read_index(const Reader& at, StaticOrigin& out) {
  at.text(out.index, {1, 255});
  if (out.index.find('/') != std::string::npos || out.index == "." || out.index == "..") {
    at.problem("expected the name of a file, found " + yaml::in_quotes(out.index));
  }
}

constexpr Key<StaticOrigin> kStaticKeys[] = {
    {"root", read_root, Presence::kRequired},
    {"index", read_index},
};

void read_to(const Reader& at, RedirectOrigin& out) {
  at.text(out.to, {1, kTextBytesMax});
  if (out.to.empty() || !has_known_placeholders(at, out.to, redirect_placeholders())) return;
  // A Location (RFC 9110 section 10.2.2) is a URI reference; what cannot stand in one is refused, and so is a text that
  // would be taken for a path below the request's, which nobody means who writes "www.example.com/".
  bool is_target = false;
  for (std::string_view start : {"/", "http://", "https://", "{scheme}://", "{path}", "{uri}"}) {
    is_target = is_target || out.to.starts_with(start);
  }
  if (!is_target || out.to.find_first_of("\"<>\\^`|") != std::string::npos || !is_visible_ascii(out.to)) {
    at.problem("expected a target such as https://www.example.com{uri} or /new/, found " + yaml::in_quotes(out.to));
  }
}

void read_redirect_status(const Reader& at, RedirectOrigin& out) {
  at.word(out.status, {{"301", std::uint16_t{301}},
                       {"302", std::uint16_t{302}},
                       {"303", std::uint16_t{303}},
                       {"307", std::uint16_t{307}},
                       {"308", std::uint16_t{308}}});
}

constexpr Key<RedirectOrigin> kRedirectKeys[] = {
    {"to", read_to, Presence::kRequired},
    {"status", read_redirect_status},
};

void read_body(const Reader& at, RespondOrigin& out) {
  std::optional<std::string> body = at.scalar("a text");
  if (!body) return;
  if (body->size() > kBodyBytesMax) return at.problem(fmt::format("is larger than {} bytes", kBodyBytesMax));
  out.body = std::move(*body);
}

constexpr Key<RespondOrigin> kRespondKeys[] = {
    {"status", [](const Reader& at, RespondOrigin& out) { at.number(out.status, {200, 599}); }},
    {"body", read_body},
    {"type", [](const Reader& at, RespondOrigin& out) { at.text(out.type, {1, 256}); }},
};

}  // namespace

void read_static(const Reader& at, Origin& out) {
  StaticOrigin origin;
  read_map(at, kStaticKeys, origin);
  out = std::move(origin);
}
void list_static_keys(KeyList& out) {
  out.add(kStaticKeys);
}

void read_redirect(const Reader& at, Origin& out) {
  RedirectOrigin origin;
  read_map(at, kRedirectKeys, origin);
  out = std::move(origin);
}
void list_redirect_keys(KeyList& out) {
  out.add(kRedirectKeys);
}

void read_respond(const Reader& at, Origin& out) {
  RespondOrigin origin;
  const bool is_sound = read_map(at, kRespondKeys, origin);
  // RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5.
  const bool has_no_body = origin.status == 204 || origin.status == 205 || origin.status == 304;
  if (is_sound && has_no_body && !origin.body.empty()) at.problem(fmt::format("a {} has no body", origin.status));
  out = std::move(origin);
}
void list_respond_keys(KeyList& out) {
  out.add(kRespondKeys);
}

}  // namespace headgate::config::sections
