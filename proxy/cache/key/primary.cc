#include "proxy/cache/key/primary.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/ascii.h"
#include "base/short_copy.h"

namespace headgate::proxy::cache::key {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::RequestHead;

/// Writes into room that was measured before.
class Pen {
 public:
  explicit Pen(char* out) : begin_(out), next_(out) {}
  void put(std::string_view text) { next_ = base::put_short(next_, text); }
  void put(char c) { *next_++ = c; }
  /// Eight bytes at a time, the last of them with some of those before: no tail is left to go through one by one.
  void put_lower(std::string_view text) {
    constexpr std::size_t kStep = 8;
    char* const begin = next_;
    put(text);
    if (text.size() < kStep) return base::lower_in_place(begin, text.size());
    for (char* at = begin; at < next_ - kStep; at += kStep) base::lower_in_place(at, kStep);
    base::lower_in_place(next_ - kStep, kStep);
  }
  std::string_view written() const { return {begin_, static_cast<std::size_t>(next_ - begin_)}; }

 private:
  char* begin_;
  char* next_;
};

/// Whether a parameter's name, escapes and all, says `name`. A broken escape stands for itself.
bool says(std::string_view written, std::string_view name) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < written.size(); ++i, ++at) {
    char c = written[i];
    if (c == '%' && i + 2 < written.size()) {
      const int high = base::hex_value(written[i + 1]);
      const int low = base::hex_value(written[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    } else if (c == '+') {
      c = ' ';
    }
    if (at == name.size() || name[at] != c) return false;
  }
  return at == name.size();
}

/// Calls `each(pair, separator)` for every part of `text` between `separator`s.
template <class Each>
void for_each_part(std::string_view text, char separator, Each each) {
  while (true) {
    const std::size_t end = text.find(separator);
    each(text.substr(0, end));
    if (end == text.npos) return;
    text.remove_prefix(end + 1);
  }
}

/// Calls `each(text, mark)` for every occurrence of the parameter: "v=1" with '&' as its mark where a '&' or the
/// beginning stands before it, then up to the next '&'; with ';' where a ';' stands before it.
template <class Each>
void for_each_occurrence(std::string_view query, std::string_view name, Each each) {
  for_each_part(query, '&', [&](std::string_view pair) {
    if (says(pair.substr(0, pair.find('=')), name)) each(pair, '&');
    if (pair.find(';') == pair.npos) return;
    bool is_first = true;
    for_each_part(pair, ';', [&](std::string_view part) {
      if (!is_first && says(part.substr(0, part.find('=')), name)) each(part, ';');
      // Of "v;x=2" a backend that cuts at ';' sees v; of "v=1;x=2" the first loop has told.
      if (is_first && part.size() < pair.size() && part.find('=') == part.npos && says(part, name)) each(part, ';');
      is_first = false;
    });
  });
}

template <class Each>
void for_each_cookie(const RequestHead& request, std::string_view name, Each each) {
  for (const Field& field : request.fields) {
    if (field.id != FieldId::kCookie) continue;
    for_each_part(field.value, ';', [&](std::string_view pair) {
      pair = base::trimmed(pair);
      const std::size_t equals = pair.find('=');
      if (equals != pair.npos && base::trimmed(pair.substr(0, equals)) == name) each(pair.substr(equals + 1));
    });
  }
}

/// Gives every text of the key to `put`, in order: once to measure, once to write.
template <class Put>
void add_query(const std::vector<std::string>& chosen, const RequestHead& request, Put put) {
  put("?");
  for (const std::string& name : chosen) {
    for_each_occurrence(request.query, name, [&](std::string_view text, char mark) {
      // The name is the recipe's, however it was escaped; the value is as it came, with its '=' if there was one.
      const std::size_t equals = std::min(text.find('='), text.size());
      put("\n");
      put(std::string_view(&mark, 1));
      put(name);
      put(text.substr(equals));
    });
  }
}

template <class Put>
void add_cookies(const Recipe& recipe, const RequestHead& request, Put put) {
  for (const std::string& name : recipe.cookies) {
    for_each_cookie(request, name, [&](std::string_view value) {
      put("\ncookie ");
      put(name);
      put("=");
      put(value);
    });
  }
}

std::size_t bytes_of_chosen(const Recipe& recipe, const RequestHead& request) {
  std::size_t bytes = 0;
  const auto measure = [&bytes](std::string_view text) { bytes += text.size(); };
  if (recipe.query) add_query(*recipe.query, request, measure);
  add_cookies(recipe, request, measure);
  return bytes;
}

bool is_default_port(std::string_view port, bool secure) {
  return port.empty() || port == (secure ? "443" : "80");
}

/// Two texts with nothing but `mark` between them, as nearly always in what a client sent, are written as one.
bool are_neighbours(std::string_view before, char mark, std::string_view behind) {
  const char* const end = before.data() + before.size();
  return end + 1 == behind.data() && *end == mark;
}
std::string_view both(std::string_view before, std::string_view behind) {
  return {before.data(), before.size() + 1 + behind.size()};
}

void put_place(const RequestHead& request, std::string_view port, Pen& pen) {
  if (!port.empty() && are_neighbours(request.host, ':', port)) return pen.put_lower(both(request.host, port));
  pen.put_lower(request.host);
  if (port.empty()) return;
  pen.put(':');
  pen.put(port);
}

void put_target(const RequestHead& request, Pen& pen) {
  if (!request.has_query) return pen.put(request.path);
  if (are_neighbours(request.path, '?', request.query)) return pen.put(both(request.path, request.query));
  pen.put(request.path);
  pen.put('?');
  pen.put(request.query);
}

/// Lines for headers, each written by values.h into the arena; their views are the key's own end.
std::string_view with_headers(std::string_view key, const Recipe& recipe, const RequestHead& request,
                              base::Arena& arena) {
  for (const std::string& name : recipe.headers) {
    const std::optional<std::string_view> value = normalised_value(request.fields, name, recipe.codings, arena);
    key = value ? arena.concat({key, "\nheader ", name, ":", *value}) : arena.concat({key, "\nheader ", name});
  }
  return key;
}

}  // namespace

std::string_view primary_key(const Recipe& recipe, const RequestHead& request, bool secure, base::Arena& arena) {
  const std::string_view port = is_default_port(request.port, secure) ? std::string_view() : request.port;
  const std::string_view scheme = secure ? "https://" : "http://";
  const bool is_apart = recipe.has_method && request.method == wire::http::Method::kHead;
  constexpr std::string_view kHead = "\nHEAD";
  std::size_t bytes = scheme.size() + request.host.size() + 1 + port.size() + request.path.size() + kHead.size();
  if (!recipe.query) bytes += 1 + request.query.size();
  if (recipe.query || !recipe.cookies.empty()) bytes += bytes_of_chosen(recipe, request);

  Pen pen(arena.take(bytes));
  const auto put = [&pen](std::string_view text) { pen.put(text); };
  pen.put(scheme);
  put_place(request, port, pen);
  if (!recipe.query) {
    put_target(request, pen);
  } else {
    pen.put(request.path);
    add_query(*recipe.query, request, put);
  }
  if (!recipe.cookies.empty()) add_cookies(recipe, request, put);
  if (is_apart) pen.put(kHead);
  return recipe.headers.empty() ? pen.written() : with_headers(pen.written(), recipe, request, arena);
}

Hash hash_of(std::string_view key, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(key.data(), key.size(), seed);
  return {hash.low64, hash.high64};
}

}  // namespace headgate::proxy::cache::key
