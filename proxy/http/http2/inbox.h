#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "net/buffer_pool.h"

namespace headgate::proxy::http::http2 {

/// Bytes of a request's body that came and were not taken yet. The window that the client was given bounds them.
class Inbox {
 public:
  void add(std::string_view bytes, net::BufferPool& buffers);
  /// The next bytes, each once, in one piece; empty if there are none. They stay until settle().
  std::string_view take();
  /// What was taken is not needed any more; how many bytes that were.
  std::size_t settle();
  /// Nothing is left to take.
  bool empty() const { return waiting_ == 0; }
  std::size_t bytes() const { return waiting_; }
  /// Taken, and not settled yet.
  std::size_t taken() const { return taken_; }

 private:
  struct Chunk {
    net::Buffer buffer;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Chunk> chunks_;
  std::size_t next_ = 0;  // chunks before it are taken whole
  std::size_t waiting_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace headgate::proxy::http::http2
