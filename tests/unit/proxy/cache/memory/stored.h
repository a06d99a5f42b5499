#pragma once
#include <cstring>
#include <string>
#include <vector>

#include "proxy/cache/memory/memory_store.h"
#include "proxy/cache/memory/reader.h"

// What the tests of the memory tier share: short entries, and bodies that tell whose they are.
namespace headgate::proxy::cache::memory {

inline key::Hash hash_of(std::string_view key) {
  return key::hash_of(key, 42);
}

inline std::unique_ptr<MemoryStore> store_of(std::size_t memory, std::size_t max_object = ~std::size_t{0},
                                             std::uint32_t workers = 1) {
  return std::move(*MemoryStore::open({memory, max_object, workers}));
}

/// Parts of a key, with a field that has the key in it.
class Made {
 public:
  explicit Made(std::string key, std::uint64_t sequence = 0) : key_(std::move(key)) {
    fields_.add("X-Key", key_);
    parts_.key = key_;
    parts_.subjects = {purge::subject_hash(key_), 1, {}, "/"};
    parts_.fields = &fields_;
    parts_.sequence = sequence;
  }
  Made(const Made&) = delete;
  const entry::Parts& parts() const { return parts_; }
  key::Hash hash() const { return hash_of(key_); }
  wire::http::Fields& fields() { return fields_; }

 private:
  std::string key_;
  wire::http::Fields fields_;
  entry::Parts parts_;
};

/// Bytes of a body by the key and the place.
inline std::string body_of(const std::string& key, std::size_t bytes) {
  std::string out(bytes, '\0');
  std::uint64_t state = hash_of(key).low;
  for (std::size_t i = 0; i < bytes; i += sizeof state) {
    state = state * 6364136223846793005 + 1442695040888963407;
    std::memcpy(out.data() + i, &state, std::min(sizeof state, bytes - i));
  }
  return out;
}

inline bool put(MemoryStore& store, const std::string& key, std::size_t bytes, std::uint32_t worker = 0,
                std::uint64_t sequence = 0) {
  const Made made(key, sequence);
  Writer writer = store.begin(made.parts(), made.hash(), bytes, worker, Visibility::kWhenFinished);
  return writer && writer.append(body_of(key, bytes)).outcome == Writer::Outcome::kStored && writer.finish();
}

inline Reference find(MemoryStore& store, const std::string& key, std::uint32_t worker = 0) {
  return store.find(hash_of(key), key, worker);
}

inline std::string text_of(const Body& body, std::uint64_t from = 0, std::uint64_t to = ~std::uint64_t{0}) {
  std::string out;
  iovec pieces[3];
  while (const std::size_t count = body.gather(from + out.size(), to, pieces)) {
    for (std::size_t i = 0; i < count; ++i) {
      out.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
  }
  return out;
}

/// The next bytes of a reader, consumed.
inline std::string take(Reader& reader, std::size_t bytes_max) {
  std::string out;
  iovec pieces[2];
  const std::size_t count = reader.gather(bytes_max, pieces);
  for (std::size_t i = 0; i < count; ++i) out.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  reader.consume(out.size());
  return out;
}

}  // namespace headgate::proxy::cache::memory
