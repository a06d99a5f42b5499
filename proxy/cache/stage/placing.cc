#include "proxy/cache/stage/placing.h"

#include <vector>

#include "base/ascii.h"
#include "proxy/cache/key/vary.h"

namespace headgate::proxy::cache::stage {
namespace {

using wire::http::Field;
using wire::http::Fields;

/// Words between white space and commas, as Surrogate-Key and Cache-Tag have them.
std::vector<std::uint64_t> tags_of(const RouteCache& cache, const Fields& fields) {
  std::vector<std::uint64_t> out;
  for (const std::string& name : cache.tags_from) {
    for (const Field& field : fields) {
      if (!base::equals_ignoring_case(field.name, name)) continue;
      std::string_view rest = field.value;
      while (!rest.empty() && out.size() < entry::Record::kTagsMax) {
        const std::size_t begin = rest.find_first_not_of(" \t,");
        if (begin == rest.npos) break;
        rest.remove_prefix(begin);
        const std::string_view tag = rest.substr(0, rest.find_first_of(" \t,"));
        out.push_back(purge::subject_hash(tag));
        rest.remove_prefix(tag.size());
      }
    }
  }
  return out;
}

std::string_view lowered_host(const wire::http::RequestHead& request, base::Arena& arena) {
  char* const out = arena.take(request.host.size());
  for (std::size_t i = 0; i < request.host.size(); ++i) out[i] = base::to_lower(request.host[i]);
  return {out, request.host.size()};
}

void write_marker(const Placing& placing, std::string_view text, const purge::Subjects& subjects) {
  const Fields none;
  const entry::Parts parts{placing.primary,
                           {subjects.url, subjects.host, {}, subjects.path},
                           placing.sequence,
                           kMarkerStatus,
                           {},
                           &none,
                           {}};
  memory::Writer writer = placing.cache.store->memory().begin(parts, placing.cache.store->hash_of(placing.primary),
                                                              text.size(), static_cast<std::uint32_t>(placing.worker),
                                                              memory::Visibility::kWhenFinished);
  if (!writer) return;
  writer.append(text);
  const memory::Reference marker = writer.reference(static_cast<std::uint32_t>(placing.worker));
  if (writer.finish()) placing.cache.store->keep(marker);
}

/// What an entry is made of, and what that refers to.
struct Material {
  Fields fields;
  std::vector<std::uint64_t> tags;
  entry::Parts parts;
};

void gather(const Placing& placing, std::string_view key, Material& out) {
  const wire::http::ResponseHead& answer = placing.fetched.response;
  const wire::http::RequestHead& request = placing.fetched.request;
  for (const Field& field : answer.fields) {
    // How long the body is the body tells; each answer says it of what it has of that.
    if (field.id == wire::http::FieldId::kContentLength) continue;
    if (rules::is_stored(field, placing.storing)) out.fields.add(field.name, field.value, field.id);
  }
  out.tags = tags_of(placing.cache, answer.fields);
  out.parts = {key,
               {purge::subject_hash(url_of(placing.primary)), purge::subject_hash(lowered_host(request, placing.arena)),
                out.tags, request.path},
               placing.sequence,
               answer.status,
               answer.reason,
               &out.fields,
               placing.storing.meta};
}

/// Where an answer is to lie.
struct Spot {
  std::string_view key;
  std::string_view marker;  ///< to be written at the primary key; empty: nothing is
};

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

/// None where it can not be told apart from others.
std::optional<Spot> spot_of(const Placing& placing) {
  base::Arena& arena = placing.arena;
  // The one that is there now: others have placed answers since this one was asked for.
  const Marker there = marker_at(placing.cache, placing.primary, placing.worker, arena);
  const std::optional<key::Stored> variant =
      key::variant_of_stored(there.names(), placing.fetched.request.fields, placing.fetched.response.fields,
                             placing.cache.recipe.codings, arena);
  if (!variant) return std::nullopt;
  if (variant->marker.empty()) return Spot{arena.concat({placing.primary, variant->values}), {}};
  if (!there.empty() && variant->marker == there.names()) {
    return Spot{arena.concat({placing.primary, variant->values, there.word()}), {}};
  }
  const bool has_same_names = !there.empty() && first_line(variant->marker) == first_line(there.names());
  const std::string_view word = has_same_names ? there.word() : placing.cache.store->new_marker_word(arena);
  return Spot{arena.concat({placing.primary, variant->values, word}), arena.concat({word, variant->marker})};
}

}  // namespace

memory::Writer begin_entry(const Placing& placing, std::uint64_t length, memory::Visibility visibility,
                           const std::shared_ptr<flight::Flight>& flight) {
  const std::optional<Spot> spot = spot_of(placing);
  if (!spot) return {};
  Store& store = *placing.cache.store;
  Material material;
  gather(placing, spot->key, material);
  memory::Writer writer;
  store.flights().grow(flight, [&]() -> const void* {
    writer = store.memory().begin(material.parts, store.hash_of(material.parts.key), length,
                                  static_cast<std::uint32_t>(placing.worker), visibility);
    return writer ? &writer.entry().body() : nullptr;
  });
  if (writer && !spot->marker.empty()) write_marker(placing, spot->marker, material.parts.subjects);
  return writer;
}

memory::Reference refresh_entry(const Placing& placing, const memory::Reference& old) {
  Store& store = *placing.cache.store;
  const std::string_view key = old.record().key();
  const std::optional<key::Stored> variant =
      key::variant_of_stored(placing.marker.names(), placing.fetched.request.fields, placing.fetched.response.fields,
                             placing.cache.recipe.codings, placing.arena);
  const bool is_told_apart_as_before =
      variant && variant->marker == placing.marker.names() &&
      key == placing.arena.concat({placing.primary, variant->values, placing.marker.word()});
  if (!is_told_apart_as_before) {
    store.remove(old);
    return {};
  }
  Material material;
  gather(placing, key, material);
  memory::Reference fresh = store.memory().refresh(old, material.parts, static_cast<std::uint32_t>(placing.worker));
  if (fresh) store.keep(fresh);
  return fresh;
}

std::optional<tier::ToDisk::Material> material_for_disk(const Placing& placing, std::uint64_t length) {
  const std::optional<Spot> spot = spot_of(placing);
  if (!spot) return std::nullopt;
  Material material;
  gather(placing, spot->key, material);
  const std::optional<std::size_t> bytes = entry::Record::bytes_of(material.parts);
  if (!bytes) return std::nullopt;
  const key::Hash hash = placing.cache.store->hash_of(spot->key);
  std::string record(*bytes, '\0');
  entry::Record::write(material.parts, hash, record.data());
  if (!spot->marker.empty()) write_marker(placing, spot->marker, material.parts.subjects);
  return tier::ToDisk::Material{std::move(record), hash, length};
}

}  // namespace headgate::proxy::cache::stage
