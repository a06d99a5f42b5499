#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "net/task.h"
#include "proxy/cache/stage/store.h"

namespace headgate::proxy::cache::disk {
class Incoming;
}

namespace headgate::proxy::cache::stage::tier {

/// A body on its way to the disk that memory has no room for. A disk that does not keep up holds its source back, for
/// kPatience at a time; then nothing is kept of it. Destroyed before end() it is nothing either.
class ToDisk {
 public:
  static constexpr base::Duration kPatience = std::chrono::seconds(1);

  struct Material {
    std::string record;  ///< as entry::Record wrote it
    key::Hash hash;
    std::uint64_t body_bytes;  ///< or Body::kUnknown
  };
  /// Null: the disk does not take it.
  static std::unique_ptr<ToDisk> begin(Material material, Store& store, std::size_t worker, net::Loop& loop);
  ~ToDisk() { end(false); }
  ToDisk(const ToDisk&) = delete;
  ToDisk& operator=(const ToDisk&) = delete;

  bool has_room();
  /// Takes all of it; has_room() is asked first.
  void append(std::string_view bytes);
  /// Until there is room, or its patience is over.
  net::Task<void> wait();
  /// It is whole where all that was expected has come.
  void end(bool is_whole);

 private:
  ToDisk(std::uint64_t body_bytes, Store& store, std::size_t worker, net::Loop& loop);

  std::uint64_t body_bytes_;
  std::uint64_t taken_bytes_ = 0;
  Store& store_;
  std::size_t worker_;
  net::Loop& loop_;
  std::shared_ptr<flight::Flight> room_;      // woken when the disk has got on
  std::shared_ptr<disk::Incoming> incoming_;  // null: it is over
};

}  // namespace headgate::proxy::cache::stage::tier
