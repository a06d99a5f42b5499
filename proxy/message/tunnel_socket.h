#pragma once
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "net/buffer_pool.h"
#include "net/socket.h"
#include "net/task.h"
#include "proxy/message/tunnel.h"

namespace headgate::proxy::message {

/// A tunnel's end that is a socket. While it waits for bytes it holds no buffer.
class TunnelSocket final : public TunnelEnd {
 public:
  /// `early` came before the tunnel was one, and lives until it has been read. Errors carry `fault`; `whose` ("client",
  /// "backend") is a literal.
  TunnelSocket(net::Socket& socket, base::Fault fault, const char* whose, std::string_view early)
      : socket_(socket), fault_(fault), whose_(whose), early_(early) {}
  /// What came early lies in `held`, from `begin` to `end`.
  TunnelSocket(net::Socket& socket, base::Fault fault, const char* whose, net::Buffer held, std::size_t begin,
               std::size_t end)
      : socket_(socket),
        fault_(fault),
        whose_(whose),
        early_(held.data() + begin, end - begin),
        buffer_(std::move(held)) {}

  net::Task<base::Result<std::string_view>> read(base::Time deadline) override;
  net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) override;
  void end_writing() override { socket_.shutdown_write(); }
  void cut() override;

 private:
  net::Socket& socket_;
  const base::Fault fault_;
  const char* const whose_;
  std::string_view early_;
  net::Buffer buffer_;
  bool has_much_ = false;  // a read has filled its buffer once: larger ones from then on
};

}  // namespace headgate::proxy::message
